package io.fairlead.registry.rewrite;

/**
 * A list and everything around it.
 *
 * @param rest the tree of the text with this list blotted out; equal for two texts that differ in
 *     nothing else
 */
record Located(Layout layout, Object rest) {
  /** Finds the list of strings at a JSON Pointer (RFC 6901). */
  static Located in(String text, TextFormat format, Pointer pointer) throws UneditableException {
    return switch (format) {
      case YAML -> YamlList.locate(text, pointer);
      case TOML -> TomlList.locate(text, pointer);
    };
  }
}
