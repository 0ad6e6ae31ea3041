"""The embedded platform: real Linux hosts on this machine, on copy-on-write layers, with addresses and sshd."""
