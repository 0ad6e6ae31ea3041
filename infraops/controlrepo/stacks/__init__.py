"""From blueprints, templates and environments to stacks: what each is given, and takes from others."""
