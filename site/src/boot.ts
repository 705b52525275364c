// What has to run before the page is drawn, as one plain script.

import "./theme-boot";
import "./from-disk";
