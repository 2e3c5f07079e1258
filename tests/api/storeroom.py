"""Cabinets and packages for tests, and the codes that a scanner reads from them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stdnum import ean, gs1_128

from tests.api.client import Counter
from tests.scene import PASSWORD, Scene

GS = "\x1d"
NUMBERS = {"metadon-1": 101, "metadon-5": 105, "metadon-inj-10": 110, "bupre-8": 208}
PACKAGES_UG = {
    "metadon-1": 1_000_000,
    "metadon-5": 5_000_000,
    "metadon-inj-10": 2_000_000,
    "bupre-8": 8_000 * 28,
}


def gtin(product_code: str) -> str:
    """A number of our own making (prefix 0 5700000) with its check digit."""
    body = f"05700000{NUMBERS[product_code]:05d}"
    return body + ean.calc_check_digit(body)


def code(
    product_code: str, lot: str, expires_on: date, serial: str | None = None, end: str = GS
) -> str:
    """The code on a package, as a scanner types it; ``end`` stands for the end of a field."""
    data: dict[str, object] = {"01": gtin(product_code), "17": expires_on, "10": lot}
    if serial is not None:
        data["21"] = serial
    return str(gs1_128.encode(data, separator=GS)).replace(GS, end)


@dataclass
class Storeroom:
    """Two cabinets of unit 1 and one of unit 2, and what may be done with them."""

    scene: Scene
    nurse: Counter
    witness: str = "nurse1b"

    @classmethod
    def furnish(cls, scene: Scene, nurse: Counter) -> "Storeroom":
        """Put up the cabinets and say which packages there are."""
        for cabinet_id, unit_id, name in ((1, 1, "Skab A"), (2, 1, "Skab B"), (3, 2, "Skab C")):
            if scene.one("SELECT 1 FROM unit WHERE unit_id = %s", unit_id):
                scene.run("INSERT INTO cabinet VALUES (%s, %s, %s)", cabinet_id, unit_id, name)
        for product_code in NUMBERS:
            scene.run(
                "INSERT INTO product_package VALUES (%s, %s, %s, %s)",
                gtin(product_code),
                product_code,
                PACKAGES_UG[product_code],
                f"pakning {product_code}",
            )
        return cls(scene, nurse)

    @property
    def expiry(self) -> date:
        return self.scene.today + timedelta(days=400)

    def code(self, product_code: str = "metadon-1", lot: str = "LOT-1", **more: Any) -> str:
        return code(product_code, lot, more.pop("expires_on", self.expiry), **more)

    def receive(
        self, product_code: str = "metadon-1", lot: str = "LOT-1", packages: int = 10, **more: Any
    ) -> dict[str, Any]:
        """Take packages in; answers what was done."""
        body = {
            "code": self.code(product_code, lot),
            "packages": packages,
            "cabinet_id": 1,
            "supplier": "Grossisten",
        } | more
        answer = self.nurse.send("POST", "/stock/receipts", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def open(self, product_code: str = "metadon-1", lot: str = "LOT-1", **more: Any) -> Any:
        body = {"code": self.code(product_code, lot)} | more
        return self.nurse.send("POST", "/stock/openings", body)

    def opened(self, product_code: str = "metadon-1", lot: str = "LOT-1", **more: Any) -> Any:
        """Open a package; answers the bottle."""
        answer = self.open(product_code, lot, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def sign(
        self,
        path: str,
        name: str,
        asked: dict[str, Any],
        by: str | None = "nurse1b",
        password: str = PASSWORD,
        key: str | None = None,
        **more: Any,
    ) -> Any:
        """Ask for the text, then do the act with a witness (``by=None``: alone)."""
        text = self.nurse.send("POST", f"{path}/text", asked)
        if text.status_code != 200:
            return text
        body: dict[str, Any] = {name: asked, "seen_sha256": text.json()["sha256"]} | more
        if by is not None:
            body["witness"] = {"username": by, "password": password}
        return self.nurse.send("POST", path, body, key)

    def destroy(self, bottle_id: int, amount: str, by: str | None = "nurse1b", **more: Any) -> Any:
        line = {"place": "bottle", "number": bottle_id, "amount": amount}
        asked = {"kind": "destroyed", "lines": [line], "reason": "rest i flasken"}
        return self.sign("/stock/disposals", "disposal", asked, by, **more)

    def balance(self, bottle_id: int) -> int:
        return int(self.scene.one("SELECT balance_ug FROM bottle WHERE bottle_id = %s", bottle_id))

    def held(self, holding_id: int) -> int:
        return int(
            self.scene.one("SELECT balance_ug FROM holding WHERE holding_id = %s", holding_id)
        )
