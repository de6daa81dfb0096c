package io.fairlead.app.convert;

import java.util.List;
import java.util.Optional;

/** A block of nginx and the blocks around it: what is not said within holds from without. */
final class NginxScope {
  private final Optional<NginxScope> around;
  private final List<Directive> own;

  private NginxScope(Optional<NginxScope> around, List<Directive> own) {
    this.around = around;
    this.own = List.copyOf(own);
  }

  static NginxScope outermost(List<Directive> own) {
    return new NginxScope(Optional.empty(), own);
  }

  NginxScope within(List<Directive> inner) {
    return new NginxScope(Optional.of(this), inner);
  }

  /** What stands in the block itself, in order. */
  List<Directive> own() {
    return own;
  }

  List<Directive> own(String name) {
    return own.stream().filter(directive -> directive.name().equals(name)).toList();
  }

  /** The nearest of that name. */
  Optional<Directive> find(String name) {
    List<Directive> here = own(name);
    if (!here.isEmpty()) return Optional.of(here.getFirst());
    return around.flatMap(outer -> outer.find(name));
  }

  /** All of that name in the nearest block that has any. */
  List<Directive> all(String name) {
    List<Directive> here = own(name);
    return here.isEmpty() ? around.map(outer -> outer.all(name)).orElse(List.of()) : here;
  }

  /** All of either name, in order, in the nearest block that has any. */
  List<Directive> all(String name, String other) {
    List<Directive> here =
        own.stream().filter(d -> d.name().equals(name) || d.name().equals(other)).toList();
    return here.isEmpty() ? around.map(outer -> outer.all(name, other)).orElse(List.of()) : here;
  }

  boolean on(String name) {
    return find(name).filter(Directive::on).isPresent();
  }

  Optional<String> text(String name) {
    return find(name).map(directive -> directive.arg(0)).filter(text -> !text.isEmpty());
  }
}
