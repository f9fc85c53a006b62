"""Fields of `data`: where the images of both domains come from, and how batches are made of them."""

from dataclasses import field
from typing import Annotated
from typing import Literal

from pydantic import AfterValidator
from pydantic import Field
from pydantic.dataclasses import dataclass

from keras_uda.config.field_types import MOST_FRAMES
from keras_uda.config.field_types import STRICT
from keras_uda.config.field_types import Batch
from keras_uda.config.field_types import Frames
from keras_uda.config.field_types import Options
from keras_uda.config.field_types import Place
from keras_uda.config.field_types import Seed
from keras_uda.config.field_types import Share
from keras_uda.config.field_types import Size
from keras_uda.config.field_types import no_name_twice
from keras_uda.config.field_types import one_of
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import READERS
from keras_uda.core.classes import CITYSCAPES


@dataclass(frozen=True, config=STRICT)
class DomainConfig:
    """Where the images of one domain come from.

    Args:
        name: `sim`, `street`, `drive` (built in) or a reader (`gta5`, `folder`, `footage`, ...); `none`, of the source:
            a trained segmenter (`segmenter.weights`) and the target's images alone.
        root: folder of the data; only for readers.
        size: WIDTHxHEIGHT that the network sees.
        split: the part to train on.
        eval_split: the part to score on; never trained on.
        frames: number of training frames of a built-in domain.
        eval_frames: number of frames of a built-in domain to score on.
        class_map: how the ids or colours of the label files become classes: null (the reader's own), the name of a
            shipped map, a YAML file, or the mapping itself.
        merge: class of the labels -> class of the segmenter that it counts as, after the class map. What else the
            labels name and the segmenter does not have is open: reported, and not scored.
        world_seed: which built-in world; frame i is a pure function of (version, world_seed, i, size).
        exclude: images to leave out: FILE (one name per line) or FILE:KEY (a list in a JSON file), below the root.
        on_bad_sample: `fail` (refuse the folder, naming every bad file) or `skip` (leave bad pairs out, and say so).
        arguments: options of the reader.
        sampler: of the source: which images are drawn, as the name of a sampler with its options; none: every image
            as often as any other.
    """

    name: Annotated[str, one_of(lambda: (*BUILT_IN_DOMAINS, *READERS, NO_SOURCE))] = "sim"
    root: Place | None = None
    size: Size = "256x192"
    split: str = "train"
    eval_split: str = "val"
    frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)] = 800
    eval_frames: Frames = 100
    class_map: Place | dict | None = None
    merge: dict[str, str] = field(default_factory=dict)
    world_seed: Seed = 0
    exclude: Place | None = None
    on_bad_sample: Literal["fail", "skip"] = "fail"
    arguments: Options = field(default_factory=dict)
    sampler: Annotated[dict[str, Options], Field(max_length=1)] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class SharedDomainConfig(DomainConfig):
    """One of several sources or targets.

    Args:
        share: of the images that are drawn, in units of the other shares.
        weak_labels: of a target, as `data.weak_labels` of the one; null derives them from its full labels, `none`: what
            its images show is not known.
        ...: those of `DomainConfig`.
    """

    share: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    weak_labels: Place | None = None


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Both domains and how batches are made of them.

    Args:
        source: labelled images.
        target: images to adapt to.
        sources: several sources in place of one: a list of entries like `source`, each with a `share` of the images.
        targets: several targets in place of one, in the same way.
        size: sets the size of both domains.
        classes: names of the classes of the segmenter, in the order of its outputs.
        batch: images per domain and step.
        cache: folder for prepared files; null is the user's cache folder.
        flip: mirror half of the images.
        zoom: largest magnification of a random crop of an image; 1 = no crop.
        crop: WIDTHxHEIGHT of a random crop of each image; scores are of whole images. It is not scaled; with `zoom`, a
            window of 1 to `zoom` times its sides is scaled to it.
        class_weight_exponent: rare classes weigh more in the cross-entropy of labelled images, f^-exponent of their
            share f of the labelled pixels, with a mean of 1; 0: every class the same, as published.
        jitter: strength of random changes of brightness, contrast and saturation, 0 to 1.
        transforms: changes of the drawn images that need both domains, by name with their options, in order.
        weak_labels: tags of target training images (CSV, points beside it), or points alone (.jsonl); null derives
            them from full labels. Of several targets each has its own. Read by `weaklabel` with `--weak tags` or
            `point`, and by the add-on `points`.
        weak_images: use the weak labels of so many images only.
        weak_points: points per class and image, where they are derived.
        labelled_images: so many target training images keep their labels, for semi-supervised methods.
    """

    source: DomainConfig = field(default_factory=DomainConfig)
    target: DomainConfig = field(default_factory=lambda: DomainConfig(name="street"))
    sources: tuple[SharedDomainConfig, ...] = ()
    targets: tuple[SharedDomainConfig, ...] = ()
    size: Size | None = None
    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=254), AfterValidator(no_name_twice)] = CITYSCAPES
    batch: Batch = 4
    cache: Place | None = None
    flip: bool = True
    zoom: Annotated[float, Field(ge=1, le=8)] = 1.0
    crop: Size | None = None
    class_weight_exponent: Annotated[float, Field(ge=0, le=2)] = 0.0
    jitter: Share = 0.0
    transforms: dict[str, Options] = field(default_factory=dict)
    weak_labels: Place | None = None
    weak_images: Frames | None = None
    weak_points: Annotated[int, Field(ge=0, le=1000)] = 1
    labelled_images: Annotated[int, Field(ge=1, le=MOST_FRAMES)] | None = None
