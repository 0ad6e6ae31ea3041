"""The embedded platform: real Linux hosts on this machine."""
