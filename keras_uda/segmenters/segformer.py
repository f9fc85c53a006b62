"""SegFormer: the Mix Transformer encoder with the all-MLP head, or with DAFormer's."""

from typing import Literal

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import BelowOne
from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.mix_transformer import SIZES
from keras_uda.segmenters.mix_transformer import mix_transformer
from keras_uda.segmenters.mix_transformer import normalized
from keras_uda.segmenters.network import network
from keras_uda.segmenters.segformer_heads import all_mlp
from keras_uda.segmenters.segformer_heads import context_aware

# head -> what joins the stages, the name of the classifier
HEADS = {"mlp": (all_mlp, "decode_head.linear_pred"), "daformer": (context_aware, "decode_head.conv_seg")}
WIDTH, WIDTHS = 256, {"tiny": 16}
WIDE, WIDE_SIZES = 768, ("b2", "b3", "b4", "b5")  # of the all-MLP head


@network(stride=4, heads=("decode_head", "aux_head"), dense=True, mean_colour=(123.675, 116.28, 103.53))
def segformer(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    size: Literal["tiny", "b0", "b1", "b2", "b3", "b4", "b5"] = "b0",
    head: Literal["mlp", "daformer"] = "mlp",
    batch_norm: BatchNormMode = "live",
    drop_path: BelowOne = 0.1,
    dropout: BelowOne = 0.1,
) -> keras.Model:
    """Mix Transformer (MiT) of a size, and a head that joins its four stages; logits at stride 4.

    Args:
        classes: number of output channels.
        weights: `none`; for `imagenet` see Raises.
        levels: 1, or 2 for an auxiliary head on stage 3, at stride 16.
        size: of the encoder; published: `b5`. `tiny` is ours, for tests.
        head: `mlp` is SegFormer's, `daformer` that of DAFormer, HRDA and MIC.
        batch_norm: of the head, see `BatchNorm`; the encoder has none.
        drop_path: chance that the last branch of the encoder is left out, see `mix_transformer`.
        dropout: share of the channels that are left out before the classifier.
    Returns:
        Functional model, RGB 0..255 of any shape -> {"logits", "features" (256 channels, 768 with the all-MLP head of
        B2 to B5), "skips" (`stage1` to `stage4` at strides 4 to 32)[, "aux_logits"]}.
    Raises:
        ArtefactError: `imagenet` weights; they are in no package, and come in through `import-weights`.
    Source: Xie et al., SegFormer, NeurIPS 2021, https://arxiv.org/abs/2105.15203; Hoyer et al., DAFormer, CVPR 2022,
        https://arxiv.org/abs/2111.14887
    """
    if weights == "imagenet":
        what = f"no package has ImageNet weights of MiT-{size.upper()}"
        remedy = f"Set --segmenter.weights to none, or to a folder that `import-weights` made of mit_{size}.pth"
        raise ArtefactError("segformer", what, remedy)
    image = keras.Input((None, None, 3), name="image")
    stages = mix_transformer(normalized(image), SIZES[size], drop_path=drop_path)
    join, name = HEADS[head]
    features = join(stages, _head_width(size, head), batch_norm)
    features = keras.layers.SpatialDropout2D(dropout, name="decode_head.dropout")(features)
    outputs = {"logits": classifier(features, classes, name), "features": features, "skips": stages}
    if levels == 2:
        outputs["aux_logits"] = classifier(stages["stage3"], classes, "aux_head.conv_seg")
    return keras.Model(image, outputs, name="segformer")


def _head_width(size: str, head: str) -> int:
    return WIDE if head == "mlp" and size in WIDE_SIZES else WIDTHS.get(size, WIDTH)
