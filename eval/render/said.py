"""Sentences from templates with named fields: the one place that a translation has to change."""


def said(template: str, /, **fields: object) -> str:
    """The template with its fields filled in."""
    return template.format(**fields) if fields else template
