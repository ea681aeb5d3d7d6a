"""The fits of arena-rank and FastChat, run by an interpreter that has them: ``peer_fits.py VOTES.npz``.

Reads the name of a fit on each line of its input and answers with the seconds that it took. It knows nothing of us.
"""

import json
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np

WINNERS = np.array(["model_a", "model_b", "tie", "both_bad"])


def load_fastchat() -> Any:
    """FastChat's analysis of battles, without the serving code that it imports and the fit does not use."""
    for name, wanted in {"model": (), "model.model_registry": ("get_model_info",),
                         "serve.monitor.basic_stats": ("get_log_files",),
                         "serve.monitor.clean_battle_data": ("clean_battle_data",)}.items():  # fmt: skip
        stub = types.ModuleType(f"fastchat.{name}")
        for attribute in wanted:
            setattr(stub, attribute, None)
        sys.modules[stub.__name__] = stub
    from fastchat.serve.monitor import elo_analysis

    return elo_analysis


def main() -> None:
    """Answer until the input ends."""
    import pandas as pd
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    votes = np.load(Path(sys.argv[1]), allow_pickle=False)
    names = votes["names"]
    frame = pd.DataFrame({
        "model_a": names[votes["left"]], "model_b": names[votes["right"]], "winner": WINNERS[votes["outcome"]]
    })  # fmt: skip
    fastchat, counted = load_fastchat(), PairDataset.from_pandas(frame)

    def fitted(data: Any) -> Any:
        found = BradleyTerry(len(names)).compute_ratings_and_cis(data)
        return dict(zip(found["competitors"], np.asarray(found["ratings"]).tolist(), strict=True))

    fits = {
        "arena-rank": lambda: fitted(PairDataset.from_pandas(frame)),
        "arena-rank, counted before": lambda: fitted(counted),
        "FastChat": lambda: fastchat.compute_elo_mle_with_tie(frame).to_dict(),
    }
    print("ready", flush=True)
    for line in sys.stdin:
        start, worked = time.perf_counter(), time.process_time()
        ratings = fits[line.strip()]()
        spent = {"seconds": time.perf_counter() - start, "processor": time.process_time() - worked}
        print(json.dumps(spent | {"ratings": ratings}), flush=True)


if __name__ == "__main__":
    main()
