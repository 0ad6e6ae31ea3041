"""The bench that every station works at, the job that lies on it, and how stacks at work share both."""
