package io.fairlead.core.config;

import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import io.fairlead.core.config.Problem.Severity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One record while it is read, and the place its checks report to. One reading, one thread. */
final class RecordValues implements Values, Checks {
  private final ReadContext context;
  private final Map<Field<?>, Object> values;
  private final Map<Field<?>, Span> spans;

  RecordValues(ReadContext context) {
    this(context, new HashMap<>(), new HashMap<>());
  }

  private RecordValues(
      ReadContext context, Map<Field<?>, Object> values, Map<Field<?>, Span> spans) {
    this.context = context;
    this.values = values;
    this.spans = spans;
  }

  /** The same values; what checks report goes to {@code other}. */
  RecordValues reportingTo(ReadContext other) {
    return new RecordValues(other, values, spans);
  }

  <V> void put(Field<V> field, V value) {
    values.put(field, value);
  }

  void writtenAt(Field<?> field, Span span) {
    spans.put(field, span);
  }

  @Override
  @SuppressWarnings("unchecked") // put() pairs a field with a value of its type
  public <T> T get(Field<T> field) {
    Object value = values.get(field);
    if (value == null) {
      throw new IllegalArgumentException("field: " + field + " is not of this record");
    }
    return (T) value;
  }

  @Override
  public String id() {
    return context.id();
  }

  @Override
  public String path() {
    return context.path();
  }

  @Override
  public Place place(Field<?> field) {
    return span(field).place();
  }

  private Span span(Field<?> field) {
    return spans.getOrDefault(field, context.owner());
  }

  @Override
  public boolean written(Field<?> field) {
    return spans.containsKey(field);
  }

  @Override
  public void error(Field<?> field, Code code, String message, String hint) {
    note(Severity.ERROR, field, code, message, hint);
  }

  @Override
  public void warn(Field<?> field, Code code, String message, String hint) {
    note(Severity.WARNING, field, code, message, hint);
  }

  private void note(Severity severity, Field<?> field, Code code, String message, String hint) {
    String path = context.child(field.key(), context.owner()).path();
    context.note(severity, span(field), path, code, message, hint, List.of());
  }

  @Override
  public void errorAt(String path, Code code, String message, String hint) {
    noteAt(Severity.ERROR, path, code, message, hint);
  }

  @Override
  public void warnAt(String path, Code code, String message, String hint) {
    noteAt(Severity.WARNING, path, code, message, hint);
  }

  private void noteAt(Severity severity, String path, Code code, String message, String hint) {
    List<String> segments = KeyPath.parse(path);
    Span at = NodeWalk.nearest(context.root(), segments);
    context.note(severity, at, KeyPath.pointer(segments), code, message, hint, List.of());
  }
}
