"""Boxes: collision queries in a heap and steps of a world at rest, by DART's own detector and by FCL.

Guards first: from dartpy 6.20 bodies fall asleep by default and FCL reports a quarter of the contacts, so that time
alone shows a false win of 80 %. The contacts found, and where the boxes come to lie to a ten-millionth, tell.
"""

from collections.abc import Callable
from typing import Any

import dartpy as dart

from dart_perf.collect.probe import Loop, Probe

DETECTORS = (("dart", "DARTCollisionDetector"), ("fcl", "FCLCollisionDetector"))
SIDE = 0.2
"""Edge of a box, metres."""
HEAP = 30
"""Boxes of the heap, turned and overlapping."""
RESTING = 12
"""Boxes beside each other on the floor."""
SETTLING_STEPS = 600
"""Steps of 1 ms: long enough for boxes at rest to fall asleep, which takes 0.5 s."""


def build_box(name: str, pose: list[float]) -> Any:
    """Return a free box at `pose` (rotation vector in rad, position in m)."""
    box = dart.dynamics.Skeleton(name)
    _, body = box.createFreeJointAndBodyNodePair()
    body.setMass(1.0)
    inertia = SIDE * SIDE / 6.0
    body.setMomentOfInertia(inertia, inertia, inertia, 0.0, 0.0, 0.0)
    _add_shape(body, [SIDE, SIDE, SIDE])
    box.setPositions(pose)
    return box


def build_floor() -> Any:
    """Return an immobile floor whose surface is at z = 0."""
    floor = dart.dynamics.Skeleton("floor")
    joint, body = floor.createWeldJointAndBodyNodePair()
    below = dart.math.Isometry3()
    below.set_translation([0.0, 0.0, -0.05])
    joint.setTransformFromParentBodyNode(below)
    _add_shape(body, [10.0, 10.0, 0.1])
    return floor


def _add_shape(body: Any, size: list[float]) -> None:
    node = body.createShapeNode(dart.dynamics.BoxShape(size))
    node.createCollisionAspect()
    node.createDynamicsAspect()


def heap_query(detector: Any) -> Callable[[], int]:
    """Return the query that counts all contacts of a heap of boxes on a floor."""
    group = detector.createCollisionGroup()
    boxes = [
        build_box(
            f"box{i}", [0.3 * (i % 4), 0.2 * (i % 3), 0.1 * (i % 5), 0.13 * (i % 5), 0.13 * (i % 6), 0.05 * i % 0.4]
        )
        for i in range(HEAP)
    ]
    for skeleton in (build_floor(), *boxes):
        group.addShapeFramesOf(skeleton)
    option, result = dart.collision.CollisionOption(True, 10_000), dart.collision.CollisionResult()

    def query() -> int:
        _ = boxes  # the group does not keep the boxes alive
        result.clear()
        group.collide(option, result)
        return int(result.getNumContacts())

    return query


def resting_world(detector: Any) -> tuple[Any, list[Any]]:
    """Return a world whose boxes are about to come to rest on the floor, and the boxes."""
    world = dart.simulation.World()
    world.setTimeStep(0.001)
    world.getConstraintSolver().setCollisionDetector(detector)
    world.addSkeleton(build_floor())
    poses = ([0.0, 0.0, 0.0, 0.4 * (i % 4), 0.4 * (i // 4), SIDE / 2 + 0.001] for i in range(RESTING))
    boxes = [build_box(f"box{i}", pose) for i, pose in enumerate(poses)]
    for box in boxes:
        world.addSkeleton(box)
    return world, boxes


def settle(probe: Probe, name: str, world: Any, boxes: list[Any]) -> None:
    """Let a new world come to rest; record how many contacts it finds meanwhile, and where its boxes end."""
    contacts = 0
    for _ in range(SETTLING_STEPS):
        world.step()
        contacts += world.getLastCollisionResult().getNumContacts()
    heights = sum((1.0 + 0.01 * i) * float(box.getPositions()[5]) for i, box in enumerate(boxes))
    probe.guard(f"rest_contacts_{name}", contacts)
    probe.guard(f"rest_heights_{name}", heights, tolerance=1e-7)


def main() -> None:
    """Measure both detectors and print."""
    with Probe("collision_boxes", group="collision", version=dart.__version__) as probe:
        loops = []
        for name, kind in DETECTORS:
            detector = getattr(dart.collision, kind)
            query, (world, boxes) = heap_query(detector()), resting_world(detector())
            probe.guard(f"contacts_{name}", query())
            settle(probe, name, world, boxes)
            loops += [Loop(f"collide_{name}", query, 30), Loop(f"rest_{name}", world.step, 60)]
        probe.run(loops, batches=20)


if __name__ == "__main__":
    main()
