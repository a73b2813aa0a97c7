"""The user's own budgets: the tables below `[budgets]` in the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from exporter.domain.limits.budget import PERIODS, Budget
from exporter.domain.text import printable
from exporter.errors import ConfigurationError

TABLE = "budgets"
MAX_BUDGETS = 20
"""Each is a label of a metric."""
MAX_NAME = 40
MAX_DOLLARS = 10**7
NANO = 10**9
_KEYS = ("cost_usd", "per", "project")
_EXAMPLE = 'such as [budgets.work] cost_usd = 200, per = "month"'


def parse_budgets(tables: Any, file: str) -> tuple[Budget, ...]:
    """The budgets, in their order. `tables`: of TOML, its fractions as Decimal; `file`: for messages.

    Raises ConfigurationError for an unknown key or period, a cost that is not above 0, a missing value, two budgets of
    one name, and more than 20.
    """
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigurationError(f"{file}: below [{TABLE}] each budget is a table with a name, {_EXAMPLE}")
    if len(tables) > MAX_BUDGETS:
        raise ConfigurationError(f"{file}: there are {len(tables)} budgets; use at most {MAX_BUDGETS}")
    found: dict[str, Budget] = {}
    for written, table in tables.items():
        name, where = written.strip(), f'{file}: [{TABLE}."{written}"]'
        if not 0 < len(name) <= MAX_NAME or printable(name) != name:
            raise ConfigurationError(f"{where} needs a name of 1 to {MAX_NAME} visible characters")
        if name.casefold() in found:
            raise ConfigurationError(f"{where} is a second budget of this name; give each a name of its own")
        found[name.casefold()] = _budget(name, table, where)
    return tuple(found.values())


def _budget(name: str, table: Mapping[str, Any], where: str) -> Budget:
    for key in table:
        if key not in _KEYS:
            raise ConfigurationError(f"{where} has no key {key!r}; its keys are {', '.join(_KEYS)}")
    if missing := [key for key in ("cost_usd", "per") if key not in table]:
        raise ConfigurationError(f"{where} needs {' and '.join(missing)}, {_EXAMPLE}")
    if table["per"] not in PERIODS:
        raise ConfigurationError(f"{where} per must be one of {', '.join(PERIODS)}, not {table['per']!r}")
    project = table.get("project")
    if project is not None and (not isinstance(project, str) or not project.strip()):
        raise ConfigurationError(f"{where} project must be a name in quotes, as `report projects` shows it")
    return Budget(name, _nano(table["cost_usd"], f"{where} cost_usd"), table["per"], project)


def _nano(value: Any, where: str) -> int:
    if type(value) is not int and not isinstance(value, Decimal):
        raise ConfigurationError(f"{where} must be a number of dollars, not {value!r}")
    dollars = Decimal(value)
    if not dollars.is_finite() or not 0 < dollars <= MAX_DOLLARS or not (nano := int(dollars * NANO)):
        raise ConfigurationError(f"{where} must be above 0 and at most {MAX_DOLLARS:,} dollars, not {value}")
    return nano
