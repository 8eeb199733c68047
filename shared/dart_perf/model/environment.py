"""Where a run was measured. Timings from different places are not comparable; exact counts are."""

from functools import cached_property

from pydantic import Field

from dart_perf.model.record import Record, digest


class Environment(Record):
    """The machine and tool chain; a field is None where the source does not say. What is measured is not part of it."""

    cpu_model: str | None = None
    """CPU model name, e.g. AMD EPYC 7763."""
    cores: int | None = Field(default=None, ge=1)
    """Logical cores."""
    os: str | None = None
    """Operating system, e.g. linux."""
    architecture: str | None = None
    """Instruction set, e.g. x86_64."""
    interpreter: str | None = None
    """Interpreter or compiler with version, e.g. CPython 3.11."""
    build_type: str | None = None
    """Build type, e.g. release."""
    libraries: dict[str, str] = Field(default_factory=dict)
    """Versions of the libraries that matter, by name; never the version of what is measured."""

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that are equal exactly where every field is."""
        return digest(self)[:16]

    @property
    def platform(self) -> str:
        """The part of a baseline's key that names the machine's kind, e.g. linux-x86_64."""
        return f"{self.os or 'unknown'}-{self.architecture or 'unknown'}"

    def differences(self, other: "Environment") -> tuple[str, ...]:
        """Return one sentence for each field that both sides state and state differently."""
        mine, theirs = self.model_dump(exclude={"libraries"}), other.model_dump(exclude={"libraries"})
        mine |= {f"library {k}": v for k, v in self.libraries.items()}
        theirs |= {f"library {k}": v for k, v in other.libraries.items()}
        both = ((k, mine[k], theirs[k]) for k in sorted(mine.keys() & theirs.keys()))
        return tuple(f"{k}: {a!r} against {b!r}" for k, a, b in both if a is not None and b is not None and a != b)

    def unknown(self, other: "Environment") -> tuple[str, ...]:
        """Return the names of the fields that at least one side does not state.

        A build type or a library that neither states is not missed; one that a single side states is.
        """
        names = [n for n in type(self).model_fields if n not in {"libraries", "build_type"}]
        missing = [n for n in names if getattr(self, n) is None or getattr(other, n) is None]
        missing += ["build_type"] if (self.build_type is None) != (other.build_type is None) else []
        return (*missing, *(f"library {name}" for name in sorted(self.libraries.keys() ^ other.libraries.keys())))
