"""The dataset card: README.md with the front matter that the Hugging Face Hub and `datasets` read."""

import json
from typing import Any

from sebrus.export.canonical import prefixed
from sebrus.export.certificate import Certificate
from sebrus.export.parquet import ShardedRows, features
from sebrus.export.release import ReleaseInput

_USAGE = """## Load it

```python
from datasets import load_dataset

# columns: image, label, sha256, contributor, batch_id, index
train = load_dataset("path/to/this/folder", split="train")
train[0]["image"], train.features["label"].int2str(train[0]["label"])
```

```python
import io
import pandas as pd
from PIL import Image

frame = pd.read_parquet("path/to/this/folder/data")
image = Image.open(io.BytesIO(frame.image[0]["bytes"]))
```

## Verify it

```
sebrus verify path/to/this/folder --rpc URL-OF-AN-ETHEREUM-NODE
```

recomputes every hash, proof, draw, tally and payout from these files and the chain alone. `batches.jsonl` lists every
item of every batch, the rejected ones too, and what reviewers were shown; `proofs.jsonl` has a Merkle proof for each
image, the rounds it went through, the detector's flag and the votes.

The statistical screen and the votes lower the share of poisoned and mislabelled images; they cannot rule them out."""


def dataset_card(release: ReleaseInput, rows: ShardedRows, item_count: int) -> str:
    """Return README.md of a release."""
    return "\n".join(["---", *_front_matter(release, rows, item_count), "---", "", _body(release, item_count), ""])


def _quoted(text: str) -> str:
    """Return a YAML scalar: a JSON string is one."""
    return json.dumps(text, ensure_ascii=False)


def _front_matter(release: ReleaseInput, rows: ShardedRows, item_count: int) -> list[str]:
    files_size = sum(path.stat().st_size for path in rows.paths)
    lines = [f"pretty_name: {_quoted(release.metadata.name)}"]
    if release.metadata.license:
        lines.append(f"license: {_quoted(release.metadata.license)}")
    lines += [
        "task_categories:",
        "- image-classification",
        "tags:",
        "- sebrus",
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: data/train-*",
        "dataset_info:",
        "  features:",
    ]
    for name, feature in features(release.metadata.class_names).items():
        lines += [f"  - name: {name}", *_feature(feature)]
    return [
        *lines,
        "  splits:",
        "  - name: train",
        f"    num_bytes: {rows.image_bytes}",
        f"    num_examples: {item_count}",
        f"  download_size: {files_size}",
        f"  dataset_size: {rows.image_bytes}",
    ]


def _feature(feature: dict[str, Any]) -> list[str]:
    if feature["_type"] == "Image":
        return ["    dtype: image"]
    if feature["_type"] == "ClassLabel":
        names = [f"          '{i}': {_quoted(name)}" for i, name in enumerate(feature["names"])]
        return ["    dtype:", "      class_label:", "        names:", *names]
    return [f"    dtype: {feature['dtype']}"]


def _body(release: ReleaseInput, item_count: int) -> str:
    metadata = release.metadata
    contributors = len({batch.key.contributor for batch, _ in release.entries()})
    description = f"\n{metadata.description.strip()}\n" if metadata.description.strip() else ""
    return f"""# {" ".join(metadata.name.split())}
{description}
Release {release.version}: {item_count} images in {len(metadata.class_names)} classes from {contributors} contributors.
Every image was reviewed blind by panels drawn by lot. The chain records who sent what, how each panel voted, and what
was paid.

| | |
|---|---|
| chain id | {release.chain_id} |
| contract | `{release.contract}` |
| dataset | `{prefixed(release.dataset.dataset_id)}` |
| manifest root | `{prefixed(release.manifest.root)}` |

{_audited(release.audit)}

{_USAGE}"""


def _audited(audit: Certificate | None) -> str:
    """What an audit said of the items, in its own numbers."""
    if audit is None:
        return "## Audit\n\nThis release carries no audit: how much poison one would have found was not measured."
    items, contributors = audit.items, audit.contributors
    kept = " What was flagged is in this release all the same: it holds what the chain's votes accepted."
    lines = [
        "## Audit",
        "",
        f"`sebrus audit` looked for poison in these images and flagged {items[1]:,} of {items[0]:,} items and "
        f"{contributors[1]:,} of {contributors[0]:,} contributors.{kept if items[1] or contributors[1] else ''} "
        "`audit.json` is the audit's certificate.",
        "",
        audit.tested,
    ]
    if audit.families:
        lines += ["", "| planted | contributors | found | 95 % interval |", "|---|--:|--:|--:|"]
        lines += [
            f"| {one.family} | {one.planted} | {one.found} | {one.low:.2f} to {one.high:.2f} |"
            for one in audit.families
        ]
    return "\n".join([*lines, "", "It says nothing about attacks that were not planted."])
