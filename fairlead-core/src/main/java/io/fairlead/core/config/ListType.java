package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Lists of one type. */
public final class ListType<T> implements ConfigType<List<T>> {
  private final ConfigType<T> element;
  private final boolean single;
  private final int countMin;

  ListType(ConfigType<T> element, boolean single, int countMin) {
    this.element = element;
    this.single = single;
    this.countMin = countMin;
  }

  /** A lone element may stand without brackets. */
  public ListType<T> orSingle() {
    return new ListType<>(element, true, countMin);
  }

  /** At least one element. */
  public ListType<T> notEmpty() {
    return new ListType<>(element, single, 1);
  }

  @Override
  public Optional<Parsed<List<T>>> read(Node node, ReadContext context) {
    List<Node> items;
    if (node instanceof Sequence sequence) {
      items = sequence.items();
    } else if (node instanceof Scalar scalar && scalar.isNull()) {
      items = List.of();
    } else if (single) {
      items = List.of(node);
    } else {
      boolean secret = element.shape() instanceof Shape.Scalar scalar && scalar.secret();
      if (secret) context.hide(node);
      String hint =
          node instanceof Scalar scalar && !secret
              ? Outcome.literal(
                  scalar, "write [" + Literals.shorten(scalar.text()) + "]", "put it in [ ]")
              : "start each with `- `";
      context.error(
          node, Codes.WRONG_TYPE, "expected " + describe() + ", found " + node.kind(), hint);
      return Optional.empty();
    }
    if (items.size() < countMin) {
      context.error(node, Codes.OUT_OF_RANGE, "the list is empty", "give it at least " + countMin);
      return Optional.empty();
    }
    List<T> values = new ArrayList<>(items.size());
    List<Object> tree = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      Node item = items.get(i);
      element
          .read(item, context.child(Integer.toString(i), item.span()))
          .ifPresent(
              parsed -> {
                values.add(parsed.value());
                tree.add(Objects.requireNonNullElse(parsed.tree(), ""));
              });
    }
    return values.size() == items.size()
        ? Optional.of(new Parsed<>(List.copyOf(values), List.copyOf(tree)))
        : Optional.empty();
  }

  @Override
  public Shape shape() {
    return new Shape.Items(element, single, countMin);
  }

  @Override
  public String describe() {
    return "a list, each " + element.describe();
  }

  @Override
  public Object print(List<T> value) {
    return value.stream()
        .map(item -> Objects.requireNonNullElse(element.print(item), (Object) ""))
        .toList();
  }
}
