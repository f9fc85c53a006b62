"""The tables of names: literals that are resolved on use, so that nothing heavy is imported to check a name."""

import importlib

METHODS = {
    "source_only": "source_only.SourceOnly",
    "oracle": "oracle.Oracle",
    "adabn": "adabn.AdaBN",
    "dann": "dann.DANN",
    "moments": "moments.Moments",
    "fcns_wild": "fcns_wild.FCNsWild",
    "lsdseg": "lsdseg.LSDSeg",
    "adaptsegnet": "adaptsegnet.AdaptSegNet",
    "minent": "minent.MinEnt",
    "advent": "advent.AdvEnt",
    "weaklabel": "weaklabel.WeakLabel",
    "selftraining": "selftraining.SelfTraining",
    "cbst": "cbst.CBST",
    "cda": "cda.CDA",
    "cycada": "cycada.CyCADA",
    "dacs": "dacs.DACS",
    "daformer": "daformer.DAFormer",
    "hrda": "hrda.HRDA",
    "contrastive_memory": "contrastive_memory.ContrastiveMemory",
    "proda": "proda.ProDA",
}
# What only stages name: parts of a method that has several, or its other form.
STAGE_METHODS = {
    "contrastive_memory_semi": "contrastive_memory_semi.SemiSupervisedMemory",
    "proda_warmup": "proda_warmup.ProDAWarmUp",
    "proda_distil": "proda_distil.ProDADistil",
    "minent_source_free": "minent_source_free.MinEntSourceFree",
    "selftraining_source_free": "selftraining_source_free.SelfTrainingSourceFree",
    "cbst_source_free": "cbst_source_free.CBSTSourceFree",
    "dacs_source_free": "dacs_source_free.DACSSourceFree",
}
EVERY_METHOD = METHODS | STAGE_METHODS
# What is published under a name of its own, and is a configuration of other parts here: see docs/methods/<name>.md.
RECIPES = ("fda", "mic")
DEFAULT = "recipe"  # what a command without `--method` takes: configs/recipe.yaml
RUN_METHODS = (*METHODS, *RECIPES, DEFAULT)  # what `--method` takes
BASELINES = ("source_only", "oracle")  # what every run is compared with: the lower and the upper end of the gap
SEGMENTERS = {
    "tiny": "tiny.tiny",
    "efficientnet_lite0": "efficientnet_lite.efficientnet_lite0",
    "efficientnet_lite1": "efficientnet_lite.efficientnet_lite1",
    "efficientnet_lite2": "efficientnet_lite.efficientnet_lite2",
    "deeplab_v2_resnet101": "deeplab_v2.deeplab_v2_resnet101",
    "deeplab_v2_resnet101_proda": "deeplab_v2_proda.deeplab_v2_resnet101_proda",
    "deeplab_v2_vgg16": "deeplab_v2_vgg16.deeplab_v2_vgg16",
    "fcn8s_vgg16": "fcn8s_vgg16.fcn8s_vgg16",
    "segformer": "segformer.segformer",
}
# Losses that any method can take besides its own.
ADD_ONS = {
    "class_prior": "class_prior.ClassPrior",
    "distil": "distil.Distil",
    "entropy": "entropy.Entropy",
    "feature_distance": "feature_distance.FeatureDistance",
    "masked_consistency": "masked_consistency.MaskedConsistency",
    "points": "points.Points",
}
# Changes of drawn images that need both domains, and which images of the source are drawn.
TRANSFORMS = {"fda": "fda.fda", "lab": "lab.lab"}
SAMPLERS = {"rare_class": "rare_class.RareClass"}
ENSEMBLE = "ensemble"  # of trained segmenters; only the verb of this name makes one
OPTIMIZERS = {
    "sgd": "sgd.CoupledSGD",
    "adam": "adam.PublishedAdam",
    "adamw": "adamw.PublishedAdamW",
}
SCHEDULES = {
    "polynomial": "schedules.polynomial",
    "linear_decay": "schedules.linear_decay",
    "linear_warm_up": "schedules.linear_warm_up",
}
BUILT_IN_DOMAINS = ("sim", "street", "drive", "street_no_sky", "street_no_buildings", "street_motorway")
NO_SOURCE = "none"  # as name of the source: a trained segmenter and unlabelled images alone
NO_WEAK_LABELS = "none"  # of one of several targets
READERS = {
    "gta5": "gta5.GTA5",
    "synthia": "synthia.Synthia",
    "cityscapes": "cityscapes.Cityscapes",
    "foggy_cityscapes": "foggy_cityscapes.FoggyCityscapes",
    "acdc": "acdc.ACDC",
    "dark_zurich": "dark_zurich.DarkZurich",
    "bdd100k": "bdd100k.BDD100K",
    "mapillary": "mapillary.Mapillary",
    "idd": "idd.IDD",
    "urbansyn": "urbansyn.UrbanSyn",
    "camvid": "camvid.CamVid",
    "folder": "folder.Folder",
    "footage": "footage.Footage",
}
WEAK_LABELS = ("pseudo", "oracle", "point")
# Of a checkpoint, without labels.
SCORES = ("density", "information", "certainty", "mirror_agreement", "mirror_iou")
DEFAULT_SCORE = "mirror_iou"  # the one that holds: docs/results/label_free.md
KEEP = ("adapted", "better")  # which segmenter a run publishes, beside source-only
WITH_LABELS = "target-labels"  # the score of a checkpoint that is no longer honest
FORMATS, OPTIONAL_FORMATS = ("saved_model", "tflite"), ("onnx",)  # of an export; the second where an extra is installed
QUANTIZATIONS = ("none", "float16", "dynamic", "int8", "uint8")  # of a .tflite file
CALIBRATED = frozenset(("int8", "uint8", "int8_aeq", "selective"))  # on target images
BRANCHES = ("fused", "context")  # of a segmenter with two scales: both, or the image at half scale alone
OPTIONAL_QUANTIZATIONS = {  # of a float32 .tflite file, where the extra `quantizer` is installed
    "int8_aeq": "edge_quantizer.quantize",
    "selective": "selective.quantize",
}
OUTPUTS = ("maps", "label_map", "logits")  # of an artefact
ARGMAX = ("full", "half", "small")  # grid on which a pixel gets its class: the frame, half of it, the stride


def resolve(table: dict[str, str], name: str, package: str):
    """The object behind a name: `resolve(METHODS, "advent", "methods")` imports `keras_uda.methods.advent.AdvEnt`."""
    module, _, attribute = table[name].partition(".")
    return getattr(importlib.import_module(f"keras_uda.{package}.{module}"), attribute)
