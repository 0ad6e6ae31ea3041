"""A review as GitLab's code quality report: the findings of SARIF, in the form that merge requests show."""

import hashlib
import json

from infraops.models.reports.review import Review
from infraops.views.review.sarif import sarif
from infraops.views.words import harmless

_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def code_quality(review: Review) -> str:
    """Write the findings; the same finding has the same fingerprint in the next review."""
    found = json.loads(sarif(review))["runs"][0]["results"]
    entries = []
    for each in found:
        place = each["locations"][0]["physicalLocation"]
        text = each["message"]["text"]
        entries.append(
            {
                "description": text,
                "check_name": each["ruleId"],
                "fingerprint": hashlib.sha256(f"{each['ruleId']}\0{text}".encode()).hexdigest(),
                "severity": _SEVERITIES[each["level"]],
                "location": {
                    "path": place["artifactLocation"]["uri"],
                    "lines": {"begin": place["region"]["startLine"]},
                },
            }
        )
    return harmless(json.dumps(entries, indent=2, ensure_ascii=False))
