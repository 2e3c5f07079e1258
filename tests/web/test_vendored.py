"""What is vendored is byte for byte what was published, complete, and with its licence."""

import hashlib
import re
import tomllib

from dispensing.web.render import STATIC, static_address

VENDOR = STATIC / "vendor"
LARGEST_BYTES = 300_000


def _listed() -> dict[str, object]:
    return tomllib.loads((VENDOR / "VENDORED.toml").read_text())


def test_every_vendored_file_has_its_checksum() -> None:
    files = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.toml"
    }
    assert files == _listed()["sha256"]


def test_licences_are_beside_the_files() -> None:
    for package in _listed()["package"]:  # type: ignore[attr-defined]
        assert (VENDOR / package["licence_file"]).stat().st_size > 100
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])


def test_no_file_is_larger_than_a_page_can_bear() -> None:
    assert all(p.stat().st_size < LARGEST_BYTES for p in VENDOR.rglob("*") if p.is_file())


def test_addresses_change_with_their_content() -> None:
    digest = hashlib.sha256((STATIC / "pages.css").read_bytes()).hexdigest()[:12]
    assert static_address("pages.css") == f"/static/pages.css?v={digest}"


def test_our_own_styles_ask_no_other_host() -> None:
    for name in ("pages.css", "areas.css", "clock.js", "keys.js", "live.js"):
        assert "://" not in (STATIC / name).read_text()
