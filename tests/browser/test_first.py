def test_ordinary(desk, scene):
    p = scene.person(name=("Else", "Andersen"))
    desk.sign_in()
    desk.page.screenshot(path="/tmp/shots/r1.png")
    desk.hand_out(p)
    desk.page.screenshot(path="/tmp/shots/r2.png")
    assert desk.presses == 2
    desk.accessible()
