package io.fairlead.control.api;

/**
 * One difference between two configurations.
 *
 * @param path key path, e.g. {@code /http/shop/routes/3}
 * @param effect what it means for traffic, e.g. {@code "new requests"}
 */
public record Change(String path, Op op, String effect) {
  /** What happens to the object at the path. */
  public enum Op {
    ADD,
    UPDATE,
    REMOVE,
    REBIND
  }
}
