#include "CCategoryLists.h"

// `#embed` is C23; clang takes it in C17 with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char ade20k_100_things[] = {
#embed "lists/ade20k_100_things.json"
};

static const unsigned char ade20k_150[] = {
#embed "lists/ade20k_150.json"
};

static const unsigned char ade20k_full_847[] = {
#embed "lists/ade20k_full_847.json"
};

static const unsigned char coco_panoptic_133[] = {
#embed "lists/coco_panoptic_133.json"
};

static const unsigned char coco_things_80[] = {
#embed "lists/coco_things_80.json"
};

static const unsigned char objects365_365[] = {
#embed "lists/objects365_365.json"
};

static const unsigned char other_vocabularies[] = {
#embed "lists/other_vocabularies.json"
};

static const unsigned char paco_531[] = {
#embed "lists/paco_531.json"
};

static const unsigned char partimagenet_40[] = {
#embed "lists/partimagenet_40.json"
};

static const unsigned char pascal_part_116[] = {
#embed "lists/pascal_part_116.json"
};

static const unsigned char pascal_part_57[] = {
#embed "lists/pascal_part_57.json"
};

static const unsigned char pascal_part_93[] = {
#embed "lists/pascal_part_93.json"
};

static const unsigned char pascal_part_93_base_77[] = {
#embed "lists/pascal_part_93_base_77.json"
};

static const struct {
  const char *name;
  const unsigned char *bytes;
  size_t length;
} lists[] = {
  {"ade20k_100_things", ade20k_100_things, sizeof ade20k_100_things},
  {"ade20k_150", ade20k_150, sizeof ade20k_150},
  {"ade20k_full_847", ade20k_full_847, sizeof ade20k_full_847},
  {"coco_panoptic_133", coco_panoptic_133, sizeof coco_panoptic_133},
  {"coco_things_80", coco_things_80, sizeof coco_things_80},
  {"objects365_365", objects365_365, sizeof objects365_365},
  {"other_vocabularies", other_vocabularies, sizeof other_vocabularies},
  {"paco_531", paco_531, sizeof paco_531},
  {"partimagenet_40", partimagenet_40, sizeof partimagenet_40},
  {"pascal_part_116", pascal_part_116, sizeof pascal_part_116},
  {"pascal_part_57", pascal_part_57, sizeof pascal_part_57},
  {"pascal_part_93", pascal_part_93, sizeof pascal_part_93},
  {"pascal_part_93_base_77", pascal_part_93_base_77, sizeof pascal_part_93_base_77},
};

static const size_t count = sizeof lists / sizeof lists[0];

const char *category_list_name(size_t index) { return index < count ? lists[index].name : NULL; }

const unsigned char *category_list_bytes(size_t index, size_t *length) {
  *length = index < count ? lists[index].length : 0;
  return index < count ? lists[index].bytes : NULL;
}
