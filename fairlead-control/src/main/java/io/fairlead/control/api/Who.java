package io.fairlead.control.api;

/**
 * Who asked for something.
 *
 * @param kind the road it came by: {@code api}, {@code signal}, {@code file}, {@code registry},
 *     {@code rollback} or {@code start}
 * @param name who on that road, e.g. {@code "uid 1000"}, {@code "control.token"} or {@code
 *     "main@1234"}
 * @param peer address the wish came from, or empty
 */
public record Who(String kind, String name, String peer) {
  public Who(String kind, String name) {
    this(kind, name, "");
  }
}
