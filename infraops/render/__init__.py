"""From a stack to the files of its root module; pure."""
