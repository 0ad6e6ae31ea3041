"""A change as a reviewer reads it: a comment in Markdown, a page in HTML, findings in SARIF."""
