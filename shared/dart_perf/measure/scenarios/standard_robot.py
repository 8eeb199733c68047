"""An articulated humanoid built in code: forward dynamics, mass matrix, inverse kinematics and a step of its world.

Eighteen bodies and 39 degrees of freedom: a floating pelvis, two-part trunk, head, arms and legs. `main` can plant a
slowdown, real extra calls, or another behaviour: no floor, so no contacts, and faster.
"""

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import dartpy as dart

from dart_perf.collect.probe import NOTHING, Loop, Probe

GRAVITY = -9.81
"""Metres per second squared, along z."""
STEPS = 120
"""World steps of 1 ms that the guards look at."""
LANDING_STEPS = 40
"""Steps after which both feet are on the ground."""
IK_ITERATIONS = 20
"""Bound on the solver's iterations; the guard tells where they lead."""

# name, parent, joint, place in the parent (m), size of the box (m), mass (kg)
TRUNK = (
    ("pelvis", "", "Free", (0.0, 0.0, 0.0), (0.20, 0.30, 0.16), 10.0),
    ("abdomen", "pelvis", "Euler", (0.0, 0.0, 0.16), (0.18, 0.26, 0.18), 8.0),
    ("chest", "abdomen", "Universal", (0.0, 0.0, 0.20), (0.20, 0.34, 0.24), 14.0),
    ("head", "chest", "Universal", (0.0, 0.0, 0.28), (0.16, 0.16, 0.22), 5.0),
)
LIMBS = (
    ("thigh", "pelvis", "Euler", (0.0, 0.10, -0.26), (0.13, 0.13, 0.36), 7.5),
    ("shin", "thigh", "Revolute", (0.0, 0.0, -0.40), (0.10, 0.10, 0.36), 3.5),
    ("foot", "shin", "Universal", (0.05, 0.0, -0.24), (0.24, 0.10, 0.08), 1.2),
    ("upper_arm", "chest", "Euler", (0.0, 0.24, 0.0), (0.09, 0.09, 0.28), 2.4),
    ("forearm", "upper_arm", "Revolute", (0.0, 0.0, -0.29), (0.08, 0.08, 0.24), 1.5),
    ("hand", "forearm", "Universal", (0.0, 0.0, -0.19), (0.07, 0.09, 0.12), 0.5),
    ("fingers", "hand", "Revolute", (0.0, 0.0, -0.10), (0.03, 0.08, 0.08), 0.2),
)


@dataclass(frozen=True, slots=True)
class Robot:
    """The humanoid in its world, as the operations share it."""

    world: Any
    skeleton: Any


def place(x: float, y: float, z: float) -> Any:
    """Return the translation by (x, y, z) metres as an isometry."""
    isometry = dart.math.Isometry3()
    isometry.set_translation([x, y, z])
    return isometry


def build_humanoid() -> Any:
    """Return the skeleton; every body is a box with the inertia of a box."""
    skeleton = dart.dynamics.Skeleton("humanoid")
    bodies: dict[str, Any] = {}
    parts = [*TRUNK]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, parent, joint, (x, y, z), size, mass in LIMBS:
            above = parent if parent in bodies or parent in {"pelvis", "chest"} else f"{side}_{parent}"
            parts.append((f"{side}_{name}", above, joint, (x, sign * y, z), size, mass))
    for name, parent, kind, (x, y, z), size, mass in parts:
        create = getattr(skeleton, f"create{kind}JointAndBodyNodePair")
        joint, body = create(bodies[parent]) if parent else create()
        joint.setName(f"{name}_joint")
        body.setName(name)
        joint.setTransformFromParentBodyNode(place(x, y, z))
        if kind == "Revolute":
            joint.setAxis([0.0, 1.0, 0.0])
        _add_box(body, size, mass)
        bodies[name] = body
    skeleton.disableSelfCollisionCheck()
    return skeleton


def _add_box(body: Any, size: tuple[float, float, float], mass: float) -> None:
    shape = dart.dynamics.BoxShape(list(size))
    node = body.createShapeNode(shape)
    node.createCollisionAspect()
    node.createDynamicsAspect()
    body.setMass(mass)
    x, y, z = (length * length * mass / 12.0 for length in size)
    body.setMomentOfInertia(y + z, x + z, x + y, 0.0, 0.0, 0.0)


def build_ground() -> Any:
    """Return an immobile floor whose surface is at z = 0."""
    ground = dart.dynamics.Skeleton("ground")
    joint, body = ground.createWeldJointAndBodyNodePair()
    joint.setTransformFromParentBodyNode(place(0.0, 0.0, -0.05))
    node = body.createShapeNode(dart.dynamics.BoxShape([20.0, 20.0, 0.1]))
    node.createCollisionAspect()
    node.createDynamicsAspect()
    return ground


def build(*, ground: bool = True) -> Robot:
    """Return the robot a little above the floor, which is left out where `ground` is false."""
    world = dart.simulation.World()
    world.setGravity([0.0, 0.0, GRAVITY])
    world.getConstraintSolver().setCollisionDetector(dart.collision.DARTCollisionDetector())
    skeleton = build_humanoid()
    world.addSkeleton(skeleton)
    if ground:
        world.addSkeleton(build_ground())
    return Robot(world, skeleton)


def reset(robot: Robot) -> None:
    """Put the robot back: a bent, asymmetric pose 1 mm above the floor, at rest, without forces."""
    count = robot.skeleton.getNumDofs()
    pose = [0.02 * ((7 * i) % 5 - 2) for i in range(count)]
    pose[:6] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.95]
    robot.skeleton.setPositions(pose)
    robot.skeleton.setVelocities([0.0] * count)
    robot.skeleton.setForces([0.0] * count)
    robot.world.setTime(0.0)


def loops(robot: Robot) -> tuple[Loop, ...]:
    """Return the four operations; each call sets the same state first, so that all calls do the same work.

    Setting it also makes the library forget what it cached. `inner` is 40 or more, so that a batch with tenths of
    extra work lasts about as long as one without.
    """
    skeleton, world = robot.skeleton, robot.world
    hand = skeleton.getBodyNode("left_hand")
    solver = hand.getOrCreateIK()
    solver.getSolver().setNumMaxIterations(IK_ITERATIONS)
    # The pelvis is upright and does not turn: dartpy 6.16 and 6.18 write the rotation of a FreeJoint differently,
    # so that the same numbers would be another pose.
    start, speeds = [0.0] * 6, [0.0] * 6
    start += [0.01 * (i % 7) for i in range(6, skeleton.getNumDofs())]
    speeds += [0.1 * (i % 5 - 2) for i in range(6, skeleton.getNumDofs())]
    goal = [0.0] * 6 + [0.01 * (i % 11) - 0.05 for i in range(6, skeleton.getNumDofs())]
    skeleton.setPositions(goal)
    solver.getTarget().setTransform(hand.getWorldTransform())

    def forward_dynamics() -> None:
        skeleton.setPositions(start)
        skeleton.setVelocities(speeds)
        skeleton.computeForwardDynamics()

    def mass_matrix() -> None:
        skeleton.setPositions(start)
        skeleton.getMassMatrix()

    def inverse_kinematics() -> None:
        skeleton.setPositions(start)
        solver.solveAndApply(True)

    reset(robot)
    for _ in range(LANDING_STEPS):
        world.step()
    landed, falling = list(skeleton.getPositions()), list(skeleton.getVelocities())

    def world_step() -> None:
        skeleton.setPositions(landed)
        skeleton.setVelocities(falling)
        world.step()

    return (
        Loop("forward_dynamics", forward_dynamics, 400),
        Loop("mass_matrix", mass_matrix, 600),
        Loop("inverse_kinematics", inverse_kinematics, 40),
        Loop("world_step", world_step, 40),
    )


def guard(probe: Probe, robot: Robot) -> None:
    """Record what the operations compute, from the same state in every process."""
    by_name = {loop.name: loop for loop in loops(robot)}
    skeleton = robot.skeleton
    reset(robot)
    by_name["forward_dynamics"].operation()
    probe.guard("forward_dynamics", _weigh(skeleton.getAccelerations()), tolerance=1e-9)
    probe.guard("mass_matrix", sum(_weigh(row) for row in skeleton.getMassMatrix()), tolerance=1e-9)
    by_name["inverse_kinematics"].operation()
    probe.guard("inverse_kinematics", _weigh(skeleton.getPositions()), tolerance=1e-6)
    reset(robot)
    contacts = 0
    for _ in range(STEPS):
        robot.world.step()
        contacts += robot.world.getLastCollisionResult().getNumContacts()
    probe.guard("contacts", contacts)
    probe.guard("state", _weigh(skeleton.getPositions()), tolerance=1e-6)


def _weigh(values: Any) -> float:
    """Return a sum whose weights all differ, so that values that change places change it."""
    return float(sum((1.0 + 0.01 * i) * float(value) for i, value in enumerate(values)))


def main(*planted: str) -> None:
    """Measure and print; `--extra-work FILE` plants the share in the file (3/10), `--floating` takes the floor away."""
    extra_work, ground = NOTHING, True
    if planted[:1] == ("--extra-work",) and len(planted) == 2:  # noqa: PLR2004 -- the option and its value
        extra_work = Fraction(Path(planted[1]).read_text(encoding="utf-8"))
    elif planted == ("--floating",):
        ground = False
    elif planted:
        sys.exit(f"standard_robot takes --extra-work FILE or --floating, not {' '.join(planted)}")
    with Probe("standard_robot", group="dynamics", version=dart.__version__) as probe:
        robot = build(ground=ground)
        probe.run(loops(robot), extra_work=extra_work)
        guard(probe, robot)


if __name__ == "__main__":
    main()
