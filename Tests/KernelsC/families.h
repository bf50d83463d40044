// The families, in the order in which they are checked. A new one is a file with a function of its name, and a line here.
#define EACH_FAMILY(X) \
  X(products) \
  X(products_bf16) \
  X(convolutions) \
  X(norms) \
  X(attention) \
  X(window_attention) \
  X(deformable_attention) \
  X(resampling) \
  X(elementwise) \
  X(masks) \
  X(attention_gradients) \
  X(map_gradients)

#define DECLARE_FAMILY(name) void name(void);
EACH_FAMILY(DECLARE_FAMILY)
#undef DECLARE_FAMILY
