package io.fairlead.app.convert;

import java.util.List;
import java.util.Optional;

/**
 * One directive of nginx: a name, its words, and a block if it has one.
 *
 * @param args without their quotes
 */
record Directive(String name, List<String> args, Optional<List<Directive>> block, Place at) {
  Directive {
    args = List.copyOf(args);
    block = block.map(List::copyOf);
  }

  /** The word at that place, or an empty one. */
  String arg(int index) {
    return index < args.size() ? args.get(index) : "";
  }

  /** Whether it says the same, wherever it stands. */
  boolean same(Directive other) {
    return name.equals(other.name) && args.equals(other.args);
  }

  boolean on() {
    return arg(0).equals("on");
  }

  List<Directive> inner() {
    return block.orElse(List.of());
  }

  @Override
  public String toString() {
    return args.isEmpty() ? name : name + " " + String.join(" ", args);
  }
}
