"""What doctors decide is told by the ledger as the counter loads it, whichever came after which."""

from datetime import timedelta
from typing import Any

from tests.api.client import Counter
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import at_home, journey, ordered
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene


def test_after_each_decision_both_say_the_same(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H21: a decision that only one of the two knew would be judged by other facts later on."""
    person, ground = scene.person(), Ground(scene, nurse)
    today = doctor.today

    def days(number: int) -> str:
        return (today + timedelta(days=number)).isoformat()

    acts: list[tuple[str, dict[str, Any]]] = [
        ("monitoring", {"kind": "review", "answer": "done"}),
        ("monitoring", {"kind": "ecg", "answer": "done", "qtc_ms": 440}),
        ("orders", ordered(ground) | {"daily_mg": "75"}),
        ("orders", ordered(ground) | {"steps": [{"from_on": days(28), "daily_mg": "75"}]}),
        ("arrangements", at_home()),
        ("arrangements/exceptions", journey(ground)),
        ("diversion", {"step": "decision", "told": "holdes her", "supervised_until_on": days(9)}),
        ("orders/stops", {"from_on": days(1), "until_on": days(3), "reason": "indlagt"}),
        ("orders/stops", {"from_on": days(0), "reason": "indlagt igen"}),
        ("orders", ordered(ground) | {"daily_mg": "75"}),
        ("arrangements/supervised", {"reason": "tilbage"}),
    ]
    for way, body in acts:
        if way == "orders":
            tried = doctor.send("POST", f"/people/{person}/orders/tries", body).json()
            reasons = dict.fromkeys(tried["asks_reason"], "konference med overlæge")
            body |= {"reasons": reasons, "retyped_mg": body["daily_mg"]}
        answer = doctor.send("POST", f"/people/{person}/{way}", body)
        assert answer.status_code == 201, (way, answer.text)
        loaded, told = loaded_and_told(scene, person)
        assert loaded == told, way
