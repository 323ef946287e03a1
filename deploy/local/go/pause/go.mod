module example.com/local/pause

go 1.26
