#!/usr/bin/env python3
"""Makes the files of this folder: how torchvision and timm call and shape the parameters of ImageNet backbones, and a small
Swin of torchvision with its own outputs. Needs torch, torchvision, timm, numpy and safetensors; reads nothing from the net.

Usage: make.py [FOLDER]
"""

import json
import pathlib
import sys

import timm
import torch
import torchvision
from safetensors.torch import save_file


def layout(path, module):
    """One line a parameter, so that differences can be read."""
    lines = [f"  {json.dumps(key)}: {json.dumps(list(value.shape))}" for key, value in module.state_dict().items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def golden(path):
    """Random weights that are exact in half precision; stages before merging, under a layer norm without parameters."""
    torch.manual_seed(1)
    model = torchvision.models.SwinTransformer(
        patch_size=[4, 4], embed_dim=8, depths=[2, 1, 1, 1], num_heads=[1, 2, 4, 8], window_size=[4, 4], num_classes=3
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((parameter + 0.05 * torch.randn_like(parameter)).half().float())
        image = torch.randn(96, 128, 3).half().float()
        tensors = {
            key: value.half() for key, value in model.state_dict().items() if not key.endswith("relative_position_index")
        }
        tensors["golden.image"] = image
        x = image.permute(2, 0, 1)[None]
        for index, part in enumerate(model.features):
            x = part(x)
            if index % 2 == 1:
                tensors[f"golden.stage{index // 2}"] = torch.nn.functional.layer_norm(x[0], x.shape[-1:]).contiguous()
    save_file(tensors, path)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    layout(folder / "torchvision_swin_t.json", torchvision.models.swin_t())
    layout(folder / "timm_swin_tiny_patch4_window7_224.json", timm.create_model("swin_tiny_patch4_window7_224"))
    layout(folder / "timm_tf_efficientnet_lite0.json", timm.create_model("tf_efficientnet_lite0"))
    golden(folder / "torchvision_swin.safetensors")


if __name__ == "__main__":
    main()
