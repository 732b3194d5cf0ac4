"""`reporting rules` and `reporting parameters`."""

from __future__ import annotations

import json
from datetime import date

from reporting.cli.exits import Exit, UsageFault
from reporting.spelling import did_you_mean


def rules_command(code: str, *, as_json: bool) -> int:
    """Print the rule catalogue, or the rules whose code begins so."""
    from reporting.intake.catalogue import all_rules

    chosen = [found.rule for name, found in all_rules().items() if name.startswith(code.upper())]
    if not chosen:
        raise UsageFault(f"no rule {code!r}{did_you_mean(code.upper(), all_rules())}")
    if as_json:
        records = [
            {
                "code": rule.code,
                "severity": rule.severity.value,
                "expected": rule.expected,
                "mend": rule.mend,
                "reference": rule.reference,
                "overridable": rule.overridable,
            }
            for rule in chosen
        ]
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return Exit.OK
    for rule in chosen:
        print(f"{rule.code}  {rule.severity.value:<8}{rule.expected}  [{rule.reference}]")
        if code:
            print(f"         mend: {rule.mend}")
            print(f"         a named person may accept it: {'yes' if rule.overridable else 'no'}")
    return Exit.OK


def parameters_command(jurisdiction: str, on: str, *, as_json: bool) -> int:
    """Print the parameters in force, with reference and whether the law was read."""
    from reporting.render import parameter_record
    from reporting.reports.lineage import parameter_text
    from reporting.rulebook import load_rulebook

    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise UsageFault(f"--on is {on!r}, must be a day such as 2026-09-30") from None
    rulebook = load_rulebook(jurisdiction, day)
    if as_json:
        print(json.dumps([parameter_record(p) for p in rulebook.parameters.values()], ensure_ascii=False, indent=1))
        return Exit.OK
    for name, parameter in sorted(rulebook.parameters.items()):
        done = "checked" if parameter.confirmed else "entered"
        print(f"{name}\n    {parameter_text(parameter)}; {done} on {parameter.checked_on}")
    for name, reason in sorted(rulebook.not_in_force.items()):
        print(f"{name}\n    {reason}")
    print(f"rulebook digest {rulebook.digest}")
    return Exit.OK
