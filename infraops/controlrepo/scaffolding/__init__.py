"""Control repos that infraops writes itself: new ones, and those that a template is tried in."""
