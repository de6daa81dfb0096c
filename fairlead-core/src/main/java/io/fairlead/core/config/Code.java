package io.fairlead.core.config;

/**
 * One kind of diagnostic: what {@code fairlead help CODE} prints.
 *
 * <p>The engine's own are in {@link Codes}; a feature that checks more declares its codes as
 * constants next to its definition, and the program lists them together.
 *
 * @param id {@code F} (error) or {@code W} (advice) and four digits
 * @param title one line: what is the matter
 * @param wrong a snippet that provokes it
 * @param right the same snippet, mended
 */
public record Code(String id, String title, String wrong, String right) {
  public Code {
    if (!id.matches("[FW][0-9]{4}")) {
      throw new IllegalArgumentException("id: " + id + " (expected: F or W and four digits)");
    }
    if (title.isBlank() || wrong.isBlank() || right.isBlank()) {
      throw new IllegalArgumentException(id + ": a title, a wrong and a right snippet are due");
    }
  }

  @Override
  public String toString() {
    return id;
  }
}
