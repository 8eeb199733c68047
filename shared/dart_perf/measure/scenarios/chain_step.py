"""A chain of 20 links that hangs at one end and swings freely: dynamics of a long tree without contacts."""

import hashlib
import struct
from typing import Any

import dartpy as dart

from dart_perf.collect.probe import Loop, Probe

LINKS = 20
LENGTH = 0.1
"""Length of a link, metres."""
STEPS = 300
"""Steps of 1 ms a batch makes, each batch from the same state."""
DIGITS = 9
"""Decimals of the state that are hashed: rounding of the last bits is not behaviour."""


def build() -> tuple[Any, Any]:
    """Return world and chain; the joints turn about y and x in turn, with a little damping."""
    world = dart.simulation.World()
    chain = dart.dynamics.Skeleton("chain")
    parent = None
    for i in range(LINKS):
        joint, body = chain.createRevoluteJointAndBodyNodePair(*(() if parent is None else (parent,)))
        joint.setName(f"joint{i}")
        body.setName(f"link{i}")
        joint.setAxis([0.0, 1.0, 0.0] if i % 2 == 0 else [1.0, 0.0, 0.0])
        joint.setDampingCoefficient(0, 0.01)
        offset = dart.math.Isometry3()
        offset.set_translation([0.0, 0.0, 0.0 if parent is None else -LENGTH])
        joint.setTransformFromParentBodyNode(offset)
        body.setMass(0.2)
        body.setLocalCOM([0.0, 0.0, -LENGTH / 2])
        body.setMomentOfInertia(2e-4, 2e-4, 2e-5, 0.0, 0.0, 0.0)
        parent = body
    world.addSkeleton(chain)
    return world, chain


def reset(world: Any, chain: Any) -> None:
    """Put the chain back: bent by a different angle at each joint, at rest."""
    chain.setPositions([0.3 - 0.02 * i for i in range(LINKS)])
    chain.setVelocities([0.0] * LINKS)
    world.setTime(0.0)


def state_hash(chain: Any) -> str:
    """Return a digest of positions and velocities, rounded to `DIGITS` decimals."""
    state = [round(float(x), DIGITS) + 0.0 for values in (chain.getPositions(), chain.getVelocities()) for x in values]
    return hashlib.sha256(struct.pack(f"<{len(state)}d", *state)).hexdigest()[:16]


def main() -> None:
    """Measure and print."""
    with Probe("chain_step", group="dynamics", version=dart.__version__) as probe:
        world, chain = build()

        def prepare() -> None:
            reset(world, chain)

        probe.run([Loop("step", world.step, STEPS, prepare)], batches=40)
        prepare()
        for _ in range(STEPS):
            world.step()
        probe.guard("state_hash", state_hash(chain))


if __name__ == "__main__":
    main()
