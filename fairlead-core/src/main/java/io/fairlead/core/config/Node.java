package io.fairlead.core.config;

import io.fairlead.core.config.Problem.Place;
import java.util.List;
import java.util.Optional;

/** A value as it stands in the text, before any type is applied. Immutable. */
public sealed interface Node {
  /** Where it stands. */
  Span span();

  /** What it is, for a message: {@code text}, {@code a list} … */
  String kind();

  /**
   * A stretch of text.
   *
   * @param place start, and how much of it to underline
   * @param start offset of the first code point in its file
   * @param end offset after the last; exact for scalars and flow collections only
   */
  record Span(Place place, int start, int end) {
    static final Span NOWHERE = new Span(Place.NOWHERE, 0, 0);
  }

  /**
   * One scalar.
   *
   * @param text after substitution
   * @param written before substitution; equal to {@code text} when there was none
   * @param plain neither quoted nor a block, or wholly substituted: may be a number or boolean
   * @param tagged marked {@code !secret}
   * @param tainted drawn from a place where secrets are kept, or {@code tagged}
   */
  record Scalar(
      String text, String written, boolean plain, boolean tagged, boolean tainted, Span span)
      implements Node {
    /** Whether the text came, in part or whole, from outside the file. */
    public boolean substituted() {
      return !text.equals(written);
    }

    /** The YAML 1.2 core schema's null. */
    public boolean isNull() {
      return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
    }

    /** A core-schema boolean. */
    public boolean isBoolean() {
      return plain && Literals.isBoolean(text);
    }

    /** A core-schema number. */
    public boolean isNumber() {
      return plain && Literals.isNumber(text);
    }

    /** How a message shows it: never what came from outside the file or is marked secret. */
    public String shown() {
      if (tagged) return "the value";
      if (substituted()) return "the value from " + Literals.shorten(written);
      return "`" + Literals.shorten(text) + "`";
    }

    @Override
    public String kind() {
      if (isNull()) return "nothing";
      if (isBoolean()) return "a boolean";
      if (isNumber()) return "a number";
      return "text";
    }
  }

  /** Keys and values, in the order written. */
  record Mapping(List<Entry> entries, Span span) implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }

    /** The entry with that key. */
    public Optional<Entry> entry(String key) {
      return entries.stream().filter(entry -> entry.key().text().equals(key)).findFirst();
    }

    @Override
    public String kind() {
      return "a mapping";
    }
  }

  /** One line of a mapping. Keys are never substituted. */
  record Entry(Scalar key, Node value) {}

  /** A list. */
  record Sequence(List<Node> items, Span span) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }
}
