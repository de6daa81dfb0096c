package io.fairlead.net.http2;

import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A list of fields in the order of the wire, pseudo-fields included: two arrays, as nothing here
 * looks fields up by name. What the codec does not call throws. Confined to one event loop.
 */
final class HeaderList extends EmptyHeaders<CharSequence, CharSequence, Http2Headers>
    implements Http2Headers {
  private static final int INITIAL = 16;

  private CharSequence[] pairs = new CharSequence[2 * INITIAL];
  private int size;
  private @Nullable CharSequence status;

  @Override
  public HeaderList add(CharSequence name, CharSequence value) {
    if (2 * size == pairs.length) pairs = Arrays.copyOf(pairs, 4 * size);
    pairs[2 * size] = name;
    pairs[2 * size + 1] = value;
    size++;
    if (name.length() == 7
        && name.charAt(0) == ':'
        && PseudoHeaderName.STATUS.value().equals(name)) {
      status = value;
    }
    return this;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  /** As received; the codec hands over nothing else. */
  AsciiString nameAt(int index) {
    return ascii(pairs[2 * index]);
  }

  AsciiString valueAt(int index) {
    return ascii(pairs[2 * index + 1]);
  }

  private static AsciiString ascii(CharSequence text) {
    return text instanceof AsciiString ascii ? ascii : new AsciiString(text);
  }

  @Override
  public Iterator<Map.Entry<CharSequence, CharSequence>> iterator() {
    return new Cursor();
  }

  @Override
  public Iterator<CharSequence> valueIterator(CharSequence name) {
    return Collections.emptyIterator();
  }

  @Override
  public Http2Headers status(CharSequence value) {
    return add(PseudoHeaderName.STATUS.value(), value);
  }

  @Override
  public @Nullable CharSequence status() {
    return status;
  }

  @Override
  public Http2Headers method(CharSequence value) {
    return add(PseudoHeaderName.METHOD.value(), value);
  }

  @Override
  public Http2Headers scheme(CharSequence value) {
    return add(PseudoHeaderName.SCHEME.value(), value);
  }

  @Override
  public Http2Headers authority(CharSequence value) {
    return add(PseudoHeaderName.AUTHORITY.value(), value);
  }

  @Override
  public Http2Headers path(CharSequence value) {
    return add(PseudoHeaderName.PATH.value(), value);
  }

  @Override
  public CharSequence method() {
    throw new UnsupportedOperationException("method");
  }

  @Override
  public CharSequence scheme() {
    throw new UnsupportedOperationException("scheme");
  }

  @Override
  public CharSequence authority() {
    throw new UnsupportedOperationException("authority");
  }

  @Override
  public CharSequence path() {
    throw new UnsupportedOperationException("path");
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
    throw new UnsupportedOperationException("contains");
  }

  /** Iterator and entry in one, as the encoder looks at one entry at a time. */
  private final class Cursor
      implements Iterator<Map.Entry<CharSequence, CharSequence>>,
          Map.Entry<CharSequence, CharSequence> {
    private int at = -1;

    @Override
    public boolean hasNext() {
      return at + 1 < size;
    }

    @Override
    public Map.Entry<CharSequence, CharSequence> next() {
      if (++at >= size) throw new NoSuchElementException();
      return this;
    }

    @Override
    public CharSequence getKey() {
      return pairs[2 * at];
    }

    @Override
    public CharSequence getValue() {
      return pairs[2 * at + 1];
    }

    @Override
    public CharSequence setValue(CharSequence value) {
      throw new UnsupportedOperationException("setValue");
    }
  }
}
