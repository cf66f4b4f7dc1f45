"""Which of the faces of an attack's picture is the displayed one: that in the authors' box. The holder's own face is no attack.

`vigil crops` says how large a crop's pixel is, not where the crop lies, so its middle is looked for in the picture.
"""

import cv2

SEARCH = 24  # side of the patch that is looked for, in pixels of the reduced picture


def boxes_of(rows):
    """{path: [(x, y, width, height)]} in shares of the picture, middles, of table rows with `boxes` (class,x,y,w,h;…)."""
    found = {}
    for row in rows:
        parts = [part.split(",") for part in (row.get("boxes") or "").split(";") if part]
        if parts:
            found[row["path"]] = [tuple(float(v) for v in part[1:5]) for part in parts]
    return found


def placed(frame, wide, scale, side=96):
    """(x, y) of the middle of the crop `wide` in shares of `frame` (both RGB or both grey), by correlation."""
    middle = (wide.shape[0] - side) // 2
    patch = wide[middle : middle + side, middle : middle + side]
    factor = SEARCH / (side * scale)  # from frame pixels to reduced ones
    size = (max(int(frame.shape[1] * factor), SEARCH), max(int(frame.shape[0] * factor), SEARCH))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    patch = cv2.resize(patch, (SEARCH, SEARCH), interpolation=cv2.INTER_AREA)
    match = cv2.matchTemplate(small, patch, cv2.TM_CCOEFF_NORMED)
    _, _, _, (x, y) = cv2.minMaxLoc(match)
    return (x + SEARCH / 2) / size[0], (y + SEARCH / 2) / size[1]


def inside(place, boxes, grow=1.15):
    """Whether a place lies in one of the boxes, each made a little larger."""
    return any(abs(place[0] - x) <= grow * w / 2 and abs(place[1] - y) <= grow * h / 2 for x, y, w, h in boxes)


def displayed(items, pixels, roots, boxes):
    """(items without faces that lie outside the boxes where another lies inside, paths where none lies inside)."""
    outside = set()
    for item in items:
        if item.label != "attack" or item.path not in boxes:
            continue
        frame = next((f for f in (cv2.imread(f"{root}/{item.path}") for root in roots) if f is not None), None)
        if frame is None:
            continue
        wide = pixels.view("around", item)
        place = placed(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.cvtColor(wide, cv2.COLOR_RGB2GRAY), item.scale)
        if not inside(place, boxes[item.path]):
            outside.add((item.path, item.track))
    good = {item.path for item in items if (item.path, item.track) not in outside}
    kept = [item for item in items if (item.path, item.track) not in outside or item.path not in good]
    return kept, {item.path for item in items} - good
