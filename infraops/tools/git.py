"""What git says about the control repo, for the record of a run."""

from pathlib import Path

from infraops.models.record import GitState


def describe(root: Path) -> GitState | None:
    """Return the commit the directory stands at and what differs from it there; None where there is no commit.

    Changes elsewhere in the repository do not count. Where git refuses to compare (a repository that belongs to
    another user), the state counts as dirty.
    """
    try:
        # GitPython asks for the git program when it is imported.
        import git
    except ImportError:
        return None
    try:
        repo = git.Repo(root, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return None
    with repo:
        try:
            commit = repo.head.commit.hexsha
        except ValueError:  # a branch without a commit yet
            return None
        branch = None if repo.head.is_detached else repo.active_branch.name
        try:
            repo.git.update_environment(GIT_OPTIONAL_LOCKS="0")  # do not write the index of a repo others work in
            output = repo.git.execute(
                ["git", "-C", str(root), "status", "--porcelain", "-z", "--no-renames", "--", "."]
            )
        except git.GitCommandError:
            return GitState(commit, branch, dirty=True)
        changed = sum(1 for entry in str(output).split("\0") if entry)
        return GitState(commit, branch, dirty=changed > 0, files_changed=changed)


def make_repository(root: Path) -> bool:
    """Make the directory a git repository unless it is inside one, or there is no git; say whether it was made."""
    try:
        import git
    except ImportError:
        return False
    try:
        git.Repo(root, search_parent_directories=True).close()
    except git.InvalidGitRepositoryError:
        git.Repo.init(root).close()
        return True
    return False
