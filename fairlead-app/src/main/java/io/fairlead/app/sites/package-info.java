/**
 * What the control API shows and changes of sites and upstreams: {@link
 * io.fairlead.app.sites.UpstreamArea} and {@link io.fairlead.app.sites.RouteArea}. They only
 * translate between JSON and the HTTP service; changes hold in the process and not in the file.
 */
@NullMarked
package io.fairlead.app.sites;

import org.jspecify.annotations.NullMarked;
