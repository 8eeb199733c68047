"""Reading models: a URDF from a string and a SKEL from a file, both written here."""

import tempfile
from pathlib import Path
from typing import Any

import dartpy as dart

from dart_perf.collect.probe import Loop, Probe

BODIES = 30


def urdf() -> str:
    """Return a robot of `BODIES` links with inertia, a collision box and a hinge each."""
    links = "".join(
        f"""<link name="l{i}"><inertial><origin xyz="0 0 0.05"/><mass value="{1 + i / 10}"/>
<inertia ixx="0.01" ixy="0" ixz="0" iyy="0.01" iyz="0" izz="0.01"/></inertial>
<collision><origin xyz="0 0 0.05"/><geometry><box size="0.05 0.05 0.1"/></geometry></collision></link>"""
        for i in range(BODIES)
    )
    joints = "".join(
        f"""<joint name="j{i}" type="revolute"><parent link="l{i - 1}"/><child link="l{i}"/>
<origin xyz="0 0 0.1" rpy="0 0 0.1"/><axis xyz="0 1 0"/>
<limit lower="-1" upper="1" effort="10" velocity="5"/></joint>"""
        for i in range(1, BODIES)
    )
    return f'<?xml version="1.0"?><robot name="tree">{links}{joints}</robot>'


def skel() -> str:
    """Return a world with a chain of `BODIES` bodies."""
    bodies = "".join(
        f"""<body name="b{i}"><transformation>0 0 {i / 10} 0 0 0</transformation>
<inertia><mass>{1 + i / 10}</mass><offset>0 0 0.05</offset></inertia>
<collision_shape><transformation>0 0 0.05 0 0 0</transformation>
<geometry><box><size>0.05 0.05 0.1</size></box></geometry></collision_shape></body>"""
        for i in range(BODIES)
    )
    joints = "".join(
        f"""<joint type="revolute" name="j{i}"><parent>{f"b{i - 1}" if i else "world"}</parent><child>b{i}</child>
<axis><xyz>0 1 0</xyz></axis></joint>"""
        for i in range(BODIES)
    )
    physics = "<physics><time_step>0.001</time_step><gravity>0 0 -9.81</gravity></physics>"
    chain = f'<skeleton name="chain">{bodies}{joints}</skeleton>'
    return f'<?xml version="1.0"?><skel version="1.0"><world name="w">{physics}{chain}</world></skel>'


def describe(skeleton: Any) -> float:
    """Return what tells whether all of the model was read: degrees of freedom, mass and collision shapes."""
    shapes = sum(skeleton.getBodyNode(i).getNumShapeNodes() for i in range(skeleton.getNumBodyNodes()))
    return float(skeleton.getNumDofs() + 100 * shapes + 1e-3 * skeleton.getMass())


def main() -> None:
    """Measure and print."""
    with Probe("io_parse", group="io", version=dart.__version__) as probe, tempfile.TemporaryDirectory() as folder:
        text, path = urdf(), Path(folder) / "chain.skel"
        path.write_text(skel(), encoding="utf-8")
        uri, loader = dart.common.Uri(""), dart.utils.DartLoader()

        def parse_urdf() -> Any:
            return loader.parseSkeletonString(text, uri)

        def parse_skel() -> Any:
            return dart.utils.SkelParser.readWorld(str(path))

        probe.run([Loop("parse_urdf", parse_urdf, 4), Loop("parse_skel", parse_skel, 4)])
        robot, chain = parse_urdf(), parse_skel().getSkeleton(0)
        probe.guard("urdf_bodies", robot.getNumBodyNodes())
        probe.guard("urdf_model", describe(robot), tolerance=1e-9)
        probe.guard("skel_bodies", chain.getNumBodyNodes())
        probe.guard("skel_model", describe(chain), tolerance=1e-9)


if __name__ == "__main__":
    main()
