"""The blueprints, one YAML file each."""
