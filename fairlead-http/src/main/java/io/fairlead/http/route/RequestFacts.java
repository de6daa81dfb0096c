package io.fairlead.http.route;

import io.fairlead.core.access.Principal;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.journal.TracePlace;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What routing, templates and rules know about one request, computed once and lazily. Confined to
 * the exchange's event loop.
 */
public final class RequestFacts {
  private final RequestHead head;
  private final String authority;
  private final String path;
  private final String query;
  private final @Nullable InetAddress remote;
  private final TrustedProxies trusted;
  private final RequestIds ids;
  private final boolean trustedPeer;
  private @Nullable String host;
  private @Nullable String requestUri;
  private @Nullable InetAddress client;
  private @Nullable String remoteText;
  private @Nullable String requestId;
  private Principal principal = Principal.ANONYMOUS;
  private @Nullable Object knownBy;
  private @Nullable Passage passage;
  private @Nullable TraceContext trace;
  private boolean tracedByUs;
  private String upstream = "";
  private int upstreamStatus;

  /**
   * @param path normalised
   * @param query after the question mark; empty when there is none
   * @param remote the TCP peer; null when it has no address
   */
  public RequestFacts(
      RequestHead head,
      String path,
      String query,
      @Nullable InetAddress remote,
      TrustedProxies trusted,
      RequestIds ids) {
    this(head, path, query, null, remote, trusted, ids);
  }

  // Seven: what is known of the request and of who sent it.
  private RequestFacts(
      RequestHead head,
      String path,
      String query,
      @Nullable String requestUri,
      @Nullable InetAddress remote,
      TrustedProxies trusted,
      RequestIds ids) {
    this.requestUri = requestUri;
    this.head = head;
    this.authority = head.authority();
    this.path = path;
    this.query = query;
    this.remote = remote;
    this.trusted = trusted;
    this.ids = ids;
    this.trustedPeer = trusted.trusts(remote);
  }

  /**
   * @param remoteText of {@code remote}, from whoever keeps it
   */
  public RequestFacts(
      RequestHead head,
      String path,
      String query,
      @Nullable InetAddress remote,
      String remoteText,
      TrustedProxies trusted,
      RequestIds ids) {
    this(head, path, query, remote, trusted, ids);
    this.remoteText = remoteText;
  }

  /** The same request as if it had asked for another path; keeps what is known of the client. */
  public RequestFacts at(String otherPath, String otherQuery) {
    return like(head, otherPath, otherQuery);
  }

  /** The same request, whose head is kept elsewhere now. */
  public RequestFacts of(RequestHead copy) {
    return like(copy, path, query);
  }

  private RequestFacts like(RequestHead otherHead, String otherPath, String otherQuery) {
    RequestFacts other =
        new RequestFacts(otherHead, otherPath, otherQuery, requestUri(), remote, trusted, ids);
    other.remoteText = remoteText();
    other.client = client;
    other.requestId = requestId();
    other.principal = principal;
    other.knownBy = knownBy;
    other.passage = passage();
    other.trace = trace;
    other.tracedByUs = tracedByUs;
    return other;
  }

  public RequestHead head() {
    return head;
  }

  /** Lower case, without port and trailing dot. */
  public String host() {
    String name = host;
    if (name == null) host = name = HostPattern.hostOf(authority);
    return name;
  }

  public String path() {
    return path;
  }

  public String query() {
    return query;
  }

  /** What the client asked for, whatever the path became since. */
  public String requestUri() {
    String uri = requestUri;
    if (uri == null) requestUri = uri = pathAndQuery();
    return uri;
  }

  public String pathAndQuery() {
    if (query.isEmpty()) return path;
    return path + "?" + query;
  }

  /** Whether forwarding fields of the peer are believed. */
  public boolean trustedPeer() {
    return trustedPeer;
  }

  /** The TCP peer; null for a unix socket. */
  public @Nullable InetAddress remote() {
    return remote;
  }

  /** Who really asks, after trusted proxies; null for a unix socket. */
  public @Nullable InetAddress client() {
    if (client == null && remote != null) client = trusted.clientOf(remote, head.fields());
    return client;
  }

  /** Text of the TCP peer's address; {@code unknown} for a unix socket. */
  public String remoteText() {
    String text = remoteText;
    if (text == null) {
      text = remote == null ? "unknown" : textOf(remote);
      remoteText = text;
    }
    return text;
  }

  public String clientText() {
    InetAddress address = client();
    return address == null || address == remote ? remoteText() : textOf(address);
  }

  /** The client's IPv4 address, or the /64 that its IPv6 address is in. */
  public String clientNet() {
    InetAddress address = client();
    if (!(address instanceof Inet6Address)) return clientText();
    byte[] bytes = address.getAddress();
    return HexFormat.of().withDelimiter("").formatHex(bytes, 0, 8) + "/64";
  }

  /** The request id of a trusted peer if it is well formed, else a new one. */
  public String requestId() {
    String id = requestId;
    if (id == null) {
      id = trustedPeer ? head.fields().first("x-request-id").orElse("") : "";
      if (!RequestIds.acceptable(id)) id = ids.next();
      requestId = id;
    }
    return id;
  }

  /** Whose account it works for; empty when nobody said who he is. */
  public String user() {
    return principal.equals(Principal.ANONYMOUS) ? "" : principal.id();
  }

  /** Who asks: whom the connection works for, or whose account the request named. */
  public Principal principal() {
    return principal;
  }

  public void principal(Principal who) {
    principal = who;
  }

  /** Says that these accounts let the request in, as that principal. */
  public void knownBy(Object accounts, Principal who) {
    knownBy = accounts;
    principal = who;
  }

  /** Whether these very accounts let it in before. */
  public boolean knownBy(Object accounts) {
    return knownBy == accounts;
  }

  /** What the request met so far, shared by all that was made of these facts. */
  public Passage passage() {
    Passage known = passage;
    if (known == null) passage = known = new Passage();
    return known;
  }

  /** The trace that its upstream is told of by us; null for none. */
  @Nullable TraceContext ownTrace() {
    return tracedByUs ? trace : null;
  }

  /**
   * The trace that it is part of.
   *
   * @param ours whether we are, too
   */
  public void trace(@Nullable TraceContext context, boolean ours) {
    trace = context;
    tracedByUs = ours;
  }

  /** Its place in a trace. */
  public TracePlace tracePlace() {
    TraceContext known = trace;
    return known == null ? TracePlace.NONE : known.place(tracedByUs);
  }

  /** Where it was sent, as text; empty before that. */
  public String upstream() {
    return upstream;
  }

  public void upstream(String text) {
    upstream = text;
  }

  /** Status of the upstream's response; 0 before that. */
  public int upstreamStatus() {
    return upstreamStatus;
  }

  public void upstreamStatus(int status) {
    upstreamStatus = status;
  }

  private static String textOf(InetAddress address) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }
}
