package io.fairlead.app.trace;

import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;

/** The access log, and spans of what it is told. */
public final class Journals implements AccessLog {
  private final AccessLog log;
  private final SpanService spans;

  public Journals(AccessLog log, SpanService spans) {
    this.log = log;
    this.spans = spans;
  }

  @Override
  public boolean on() {
    return log.on() || spans.on();
  }

  @Override
  public boolean traces() {
    return spans.on();
  }

  @Override
  public boolean records(long chance) {
    return spans.records(chance);
  }

  @Override
  public void write(AccessEntry entry) {
    if (log.on()) log.write(entry);
    if (spans.on()) spans.ended(entry);
  }
}
