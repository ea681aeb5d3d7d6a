"""Prints the AVX-512 features that numpy uses on this processor, for NPY_DISABLE_CPU_FEATURES; or an empty line."""

from numpy._core._multiarray_umath import __cpu_dispatch__ as known
from numpy._core._multiarray_umath import __cpu_features__ as present

used = [name for name in known if present.get(name) and (name == "X86_V4" or name.startswith("AVX512"))]
print(" ".join(used))
