package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.http.files.CacheRules;
import io.fairlead.http.files.Coding;
import io.fairlead.http.files.Compression;
import io.fairlead.http.files.CrossOrigin;
import io.fairlead.http.files.Fallbacks;
import io.fairlead.http.files.FilesConfig;
import io.fairlead.http.route.Glob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys of a route's {@code files}. */
final class FilesTypes {
  private static final ConfigType<CacheRules> CACHE =
      Types.firstScalar(
          RouteTypes.fieldValue()
              .mapped(Codes.WRONG_TYPE, CacheRules::all, rules -> rules.rules().getFirst().value()),
          Types.freeMapOf(RouteTypes.fieldValue())
              .mapped(Codes.WRONG_TYPE, FilesTypes::cacheRules, FilesTypes::printed));

  static final RecordType<FilesConfig> FILES =
      RecordType.define(
          "Files",
          "a tree of files to serve with GET and HEAD",
          ReloadClass.LIVE,
          f -> {
            var root =
                f.key("root", Types.path(), "Directory that holds the tree.")
                    .example("./public")
                    .required();
            var index =
                f.key(
                        "index",
                        Types.listOf(fileName()),
                        "Files tried in order when a directory is asked for.")
                    .orElse(List.of("index.html"));
            var browse =
                f.key(
                        "browse",
                        Types.bool(),
                        "Whether a directory without an index is listed, as a page or as JSON by"
                            + " the request's `Accept`; `?sort=name`, `-name`, `time`, `size`.")
                    .orElse(false);
            var hide =
                f.key(
                        "hide",
                        Types.listOf(RouteTypes.GLOB),
                        "Globs on single names; what matches is answered 404. Names that begin with"
                            + " a dot always are.")
                    .example("[\"*.bak\"]")
                    .orElse(List.of());
            var symlinks =
                f.key(
                        "symlinks",
                        Types.choice(FilesConfig.Symlinks.class),
                        "`within_root` follows links that end below the root, `never` none,"
                            + " `follow` all.")
                    .orElse(FilesConfig.Symlinks.WITHIN_ROOT);
            var tries =
                f.key(
                        "try",
                        Types.listOf(localPath()),
                        "Paths below the root that are tried in order when nothing lies at the"
                            + " request's; `{path}` stands for that one.")
                    .example("[\"{path}.html\"]")
                    .orElse(List.of());
            var spa =
                f.key(
                        "spa_fallback",
                        localPath(),
                        "Page served, with status 200, for every path without a file, to clients"
                            + " that accept HTML.")
                    .example("/index.html")
                    .optional();
            var passOn =
                f.key(
                        "pass_on",
                        Types.bool(),
                        "Whether requests for which nothing lies there, and such as are not GET or"
                            + " HEAD, go to the next route that takes them, instead of 404 and"
                            + " 405.")
                    .orElse(false);
            var precompressed =
                f.key(
                        "precompressed",
                        Types.listOf(Types.choice(Coding.class)),
                        "Codings whose files (.br, .zst, .gz) lie next to the originals; used when"
                            + " the client accepts them and they are not older.")
                    .orElse(List.of());
            var compress =
                f.key(
                        "compress",
                        Types.listOf(Types.choice(Coding.class)),
                        "Codings made while a file is sent, in order of preference. What is"
                            + " compressed so has a weak ETag and no byte ranges.")
                    .example("[zstd, br, gzip]")
                    .orElse(List.of());
            var compressMin =
                f.key(
                        "compress_min",
                        Types.size().atMost(ByteSize.ofMebi(1024)),
                        "Smaller files are sent as they are.")
                    .orElse(ByteSize.ofKibi(1));
            var compressTypes =
                f.key(
                        "compress_types",
                        Types.listOf(mediaType()),
                        "Media types that are compressed; `text/*` stands for all of a kind.")
                    .orElse(Compression.USUAL_TYPES);
            var cacheControl =
                f.key(
                        "cache_control",
                        CACHE,
                        "Value of `Cache-Control`; or a map of globs on file names to values, of"
                            + " which the first that matches counts.")
                    .example("public, max-age=3600")
                    .optional();
            var mime =
                f.key(
                        "mime",
                        Types.freeMapOf(RouteTypes.fieldValue()),
                        "Media types by file extension, before the built-in table.")
                    .orElse(Map.of());
            var cors =
                f.key(
                        "cors",
                        Types.listOf(origin()),
                        "Origins whose scripts may read the files; `*` for everybody.")
                    .example("[\"https://app.example.org\"]")
                    .orElse(List.of());
            var robots =
                f.key(
                        "robots",
                        Types.choice(FilesConfig.Robots.class),
                        "Answer to `/robots.txt` when no such file lies in the root: crawlers may"
                            + " (`allow`) or may not (`deny`) read the site.")
                    .optional();
            return v ->
                new FilesConfig(
                    v.get(root),
                    v.get(index),
                    v.get(hide),
                    v.get(symlinks),
                    v.get(precompressed),
                    new Compression(
                        v.get(compress), v.get(compressMin).bytes(), v.get(compressTypes)),
                    v.get(cacheControl).orElse(CacheRules.NONE),
                    RouteTypes.lowerCase(v.get(mime)),
                    v.get(browse),
                    new Fallbacks(v.get(tries), v.get(spa), v.get(passOn)),
                    new CrossOrigin(v.get(cors)),
                    v.get(robots));
          });

  private FilesTypes() {}

  private static CacheRules cacheRules(Map<String, String> values) {
    List<CacheRules.Rule> rules = new ArrayList<>();
    values.forEach((glob, value) -> rules.add(new CacheRules.Rule(Glob.of(glob), value)));
    return new CacheRules(rules);
  }

  private static Map<String, String> printed(CacheRules rules) {
    Map<String, String> values = new LinkedHashMap<>();
    rules.rules().forEach(rule -> values.put(rule.name().toString(), rule.value()));
    return values;
  }

  private static ConfigType<String> fileName() {
    return Types.string().matching("[^/\\\\\\x00-\\x1f]+", "a file name without slashes");
  }

  private static ConfigType<String> localPath() {
    return Types.string()
        .matching("(/|\\{path\\})[!-~]*", "a path below the root such as /index.html");
  }

  private static ConfigType<String> mediaType() {
    return Types.string().matching("[a-z0-9.+-]+/([a-z0-9.+-]+|\\*)", "a media type");
  }

  private static ConfigType<String> origin() {
    return Types.string()
        .matching("\\*|https?://[a-z0-9.:\\[\\]-]+", "* or an origin such as https://a.example");
  }
}
