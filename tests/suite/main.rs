mod content;
mod site;
