package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Several forms of one value. Chooses by kind of node first, then by which form reads. */
final class OneOfType<T> implements ConfigType<T> {
  private final String doc;
  private final List<ConfigType<? extends T>> forms;

  OneOfType(String doc, List<ConfigType<? extends T>> forms) {
    if (forms.size() < 2) throw new IllegalArgumentException("forms: " + forms.size());
    this.doc = doc;
    this.forms = List.copyOf(forms);
  }

  @Override
  public Optional<Parsed<T>> read(Node node, ReadContext context) {
    List<ConfigType<? extends T>> fitting =
        forms.stream().filter(form -> accepts(form.shape(), node)).toList();
    if (fitting.isEmpty()) {
      context.error(
          node, Codes.WRONG_TYPE, "expected " + describe() + ", found " + node.kind(), "");
      return Optional.empty();
    }
    for (ConfigType<? extends T> form : fitting.subList(0, fitting.size() - 1)) {
      ProblemList trial = new ProblemList();
      Optional<Parsed<T>> read = widen(form.read(node, context.trial(trial)));
      if (read.isPresent() && !trial.hasErrors()) {
        context.problems().addAll(trial);
        return read;
      }
    }
    // The last form is the general one: its complaint is the one to show.
    return widen(fitting.getLast().read(node, context));
  }

  private static <T> Optional<Parsed<T>> widen(Optional<? extends Parsed<? extends T>> read) {
    return read.map(parsed -> new Parsed<>(parsed.value(), parsed.tree()));
  }

  private static boolean accepts(Shape shape, Node node) {
    return switch (shape) {
      case Shape.Scalar _ -> node instanceof Scalar;
      case Shape.Items items ->
          node instanceof Sequence || (items.orSingle() && accepts(items.element().shape(), node));
      case Shape.Named _ -> node instanceof Mapping;
      case Shape.Keys _ -> node instanceof Mapping;
      case Shape.Variants _ -> node instanceof Mapping;
      case Shape.Alternatives alternatives ->
          alternatives.types().stream().anyMatch(type -> accepts(type.shape(), node));
    };
  }

  @Override
  public Shape shape() {
    return new Shape.Alternatives(List.copyOf(forms));
  }

  @Override
  public String describe() {
    return doc.isEmpty()
        ? forms.stream().map(ConfigType::describe).collect(Collectors.joining(", or "))
        : doc;
  }

  @Override
  public Object print(T value) {
    throw new IllegalStateException(
        "a value with several forms does not say which it is written in: give the default's text");
  }
}
