package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.util.ArrayList;
import java.util.List;

/** An nginx configuration, whole or a file of {@code sites-enabled}, as ours. */
final class NginxConverter {
  private final Draft draft = new Draft();

  private NginxConverter() {}

  static Conversion convert(ConfigSource source, Includes includes) throws ConversionException {
    return new NginxConverter().whole(source, includes);
  }

  private Conversion whole(ConfigSource source, Includes includes) throws ConversionException {
    List<Directive> top = NginxParser.parse(source, includes, draft);
    List<Directive> http = new ArrayList<>();
    List<Directive> stream = new ArrayList<>();
    boolean part =
        top.stream().anyMatch(d -> d.name().equals("server") || d.name().equals("upstream"));
    for (Directive directive : top) {
      if (directive.name().equals("http")) http.addAll(directive.inner());
      else if (part) http.add(directive);
      else if (directive.name().equals("stream")) stream.addAll(directive.inner());
      else note(directive);
    }
    NginxScope scope = NginxScope.outermost(http);
    http.stream().filter(d -> !d.name().equals("upstream")).forEach(this::note);
    var upstreams = new NginxUpstreams(draft, source.baseDir(), http);
    var rates = new NginxRates(draft, http);
    var locations = new NginxLocations(draft, source.baseDir(), upstreams, rates);
    var certificates = new NginxCertificates(draft, source.baseDir());
    List<NginxServer> servers = new ArrayList<>();
    for (Directive server : scope.own("server")) servers.add(NginxServer.of(server, scope, draft));
    new NginxSites(draft, source.baseDir(), locations, certificates, rates).write(servers);
    new NginxStreams(draft, source.baseDir(), certificates, stream).write();
    return draft.done();
  }

  /** Remarks on a directive and all below it. */
  private void note(Directive directive) {
    String name = directive.name();
    if (name.equals("types") || name.equals("if")) return;
    if (NginxNotes.NEEDLESS.containsKey(name)) {
      draft.leftOut(directive.at(), "`" + directive + "`: " + NginxNotes.NEEDLESS.get(name));
    } else if (!NginxNotes.HANDLED.contains(name)
        && !NginxNotes.GUARDS.contains(name)
        && !NginxNotes.OTHER_ANSWERS.contains(name)) {
      draft.leftOut(directive.at(), "`" + directive + "`");
    }
    directive.inner().forEach(this::note);
  }
}
