"""Every route of the API with who may use it: one file per area, gathered here."""

from importlib import import_module
from pathlib import Path

from tests.api.matrix.ground import Route

ROUTES: dict[str, Route] = {}
for _file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    if _file.stem != "ground":
        _area = import_module(f"{__name__}.{_file.stem}").ROUTES
        assert not _area.keys() & ROUTES.keys(), f"{_file.name} lists a route again"
        ROUTES |= _area
