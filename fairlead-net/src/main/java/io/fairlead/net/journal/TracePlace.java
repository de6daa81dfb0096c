package io.fairlead.net.journal;

/**
 * Where a request stands in a distributed trace (W3C Trace Context).
 *
 * @param trace id of the trace, 32 digits; empty for none that is known
 * @param caller id of the caller's span, 16 digits; empty where the trace began here
 * @param told id that whoever was asked next was told as its caller; empty for nobody
 * @param recorded whether the caller, or the share that is wanted, has this trace recorded
 */
public record TracePlace(String trace, String caller, String told, boolean recorded) {
  public static final TracePlace NONE = new TracePlace("", "", "", false);
}
